import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Seal } from '../../../src/core/files/seal.ts';
import { streamOf } from '../../support/bytes.ts';
import { scratchFolder } from '../../support/scratch.ts';

const never = new AbortController().signal;
const content = Buffer.alloc(2_500_000, 'a line of a backup\n');

/** A file that holds what passed under a seal. */
async function sealed(chunks: Uint8Array[]) {
  const path = join(await scratchFolder(), 'sealed');
  const seal = new Seal();
  const passed: Uint8Array[] = [];
  for await (const chunk of seal.over(streamOf(...chunks))) passed.push(Buffer.from(chunk));
  await writeFile(path, Buffer.concat(passed));
  return { path, seal };
}

describe('a seal', () => {
  it('is on a file of the very bytes that passed, however they were cut', async () => {
    const { path, seal } = await sealed([
      content.subarray(0, 1),
      content.subarray(1, 1_300_001),
      Buffer.alloc(0),
      content.subarray(1_300_001),
    ]);
    expect(content.equals(await readFile(path))).toBe(true);
    const told: number[] = [];
    expect(await seal.isOn(path, never, (bytes) => told.push(bytes))).toBe(true);
    expect(told).toEqual([1 << 20, 2 << 20, content.length]);
  });

  it('is on an empty file where nothing passed', async () => {
    const { path, seal } = await sealed([]);
    expect(await seal.isOn(path, never)).toBe(true);
  });

  it.each([0, 1_048_575, 1_048_576, content.length - 1])('is broken by one bit at byte %i', async (at) => {
    const { path, seal } = await sealed([content]);
    const bytes = await readFile(path);
    bytes[at] = (bytes[at] as number) ^ 0x10;
    await writeFile(path, bytes);
    expect(await seal.isOn(path, never)).toBe(false);
  });

  it.each([content.length - 1, content.length + 1, 0])('is broken by a length of %i', async (length) => {
    const { path, seal } = await sealed([content]);
    await truncate(path, length);
    expect(await seal.isOn(path, never)).toBe(false);
  });

  it('is broken by chunks that lie in another order', async () => {
    const { path, seal } = await sealed([Buffer.from('one block of 16.'), Buffer.from('another of 16 by')]);
    await writeFile(path, 'another of 16 byone block of 16.');
    expect(await seal.isOn(path, never)).toBe(false);
  });

  it('is looked for until that is given up, and not where there is no file', async () => {
    const { path, seal } = await sealed([content]);
    await expect(seal.isOn(path, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    await expect(seal.isOn(`${path}.gone`, never)).rejects.toThrow('does not exist');
  });
});
