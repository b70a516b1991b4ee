import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ContentComparison } from '../../../src/core/files/sameContent.ts';
import { scratchFolder } from '../../support/scratch.ts';

const never = new AbortController().signal;

it('tells files apart by every byte, whatever was compared before', async () => {
  const folder = await scratchFolder();
  const comparison = new ContentComparison();
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  const same = async (first: Buffer, second: Buffer) => {
    writeFileSync(one, first);
    writeFileSync(other, second);
    return comparison.same(one, other, never);
  };
  for (const size of [0, 1, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 600_000]) {
    const bytes = Buffer.alloc(size, 7);
    expect(await same(bytes, bytes)).toBe(true);
    expect(await same(bytes, Buffer.concat([bytes, Buffer.from('x')]))).toBe(false);
    if (size === 0) continue;
    const changed = Buffer.from(bytes);
    changed[size - 1] = 8;
    expect(await same(bytes, changed)).toBe(false);
  }
});

it('takes what cannot be read for different, and stops when it is told to', async () => {
  const folder = await scratchFolder();
  writeFileSync(join(folder, 'one'), 'one');
  const comparison = new ContentComparison();
  expect(await comparison.same(join(folder, 'one'), join(folder, 'missing'), never)).toBe(false);
  expect(await comparison.same(join(folder, 'one'), folder, never)).toBe(false);
  const cancelled = comparison.same(join(folder, 'one'), join(folder, 'one'), AbortSignal.abort());
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
});
