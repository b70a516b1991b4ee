import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeBackup } from '../../../src/core/backups/create.ts';
import { streamOf } from '../../support/bytes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const wrapping = {
  wraps: [],
  encode: { signal: new AbortController().signal, recipients: [], compressInMessage: false },
};

describe('a backup that was written', () => {
  it('is read back, and how far that is is told', async () => {
    const folder = await scratchFolder();
    const task = testTask();
    const written = await writeBackup(streamOf('whole'), wrapping, { folder, nameFor: () => 'a.dump' }, task);
    expect(written).toMatchObject({ path: join(folder, 'a.dump'), bytes: 5 });
    expect(task.progress).toContainEqual({ phase: 'proving', done: 5, total: 5, unit: 'bytes' });
  });

  it.each([
    ['another byte', 'whore'],
    ['a byte less', 'whol'],
    ['a byte more', 'wholes'],
  ])('is not trusted where the disk gives %s', async (_, found) => {
    const folder = await scratchFolder();
    // Asked for the final name when all is written and synced, and before it is read back.
    const nameFor = () => {
      for (const part of readdirSync(folder)) writeFileSync(join(folder, part), found);
      return 'a.dump';
    };
    const written = writeBackup(streamOf('whole'), wrapping, { folder, nameFor }, testTask());
    await expect(written).rejects.toMatchObject({ code: 'not-proved' });
    expect(readFileSync(join(folder, 'a.dump'), 'utf8')).toBe(found);
  });
});
