import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeZip } from '../../../src/core/media/writeZip.ts';
import { never } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';

test('a zip refuses the 65,536th file, before its first byte, and names tar', async () => {
  const root = join(await scratchFolder(), 'media');
  await mkdir(root);
  for (let at = 0; at < 65_536; at += 512) {
    await Promise.all(Array.from({ length: 512 }, (_, more) => writeFile(join(root, String(at + more)), '')));
  }
  await expect(writeZip(root, { signal: never, exclude: [] }).next()).rejects.toMatchObject({
    code: 'over-limit',
    hint: expect.stringContaining('tar'),
  });
});
