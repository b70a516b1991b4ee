import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listArchive } from '../../../src/core/media/listArchive.ts';
import { stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { writeZip } from '../../../src/core/media/writeZip.ts';
import type { Bytes } from '../../../src/core/task.ts';
import { collect, inPieces, never } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { makeTree } from '../../support/tree.ts';

const writers = { tar: writeTar, zip: writeZip };

/** Bytes that end in an error of the source's own, as those of a forged or broken message do. */
async function* failing(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* inPieces(bytes.subarray(0, bytes.length >> 1));
  throw error;
}

/** Bytes that say whether whoever read them let go of them. */
function watched(bytes: Uint8Array): { source: Bytes; released: () => boolean } {
  let released = false;
  async function* source() {
    try {
      yield* inPieces(bytes);
    } finally {
      released = true;
    }
  }
  return { source: source(), released: () => released };
}

describe.each(['tar', 'zip'] as const)('unpacking a %s', (kind) => {
  async function archive(scratch: string): Promise<Buffer> {
    const items = Array.from({ length: 40 }, (_, at) => ({
      path: `d/${at}`,
      content: Buffer.alloc(100_000, at),
    }));
    await makeTree(join(scratch, 'source'), items);
    const bytes = await collect(writers[kind](join(scratch, 'source'), { signal: never, exclude: [] }));
    await mkdir(join(scratch, 'here'));
    return bytes;
  }

  test('cancelled in the middle ends within a second, leaves nothing, lets the source go', async () => {
    const scratch = await scratchFolder();
    const { source, released } = watched(await archive(scratch));
    const cancel = new AbortController();
    let at = 0;
    const report = ({ phase }: { phase: string }) => {
      if (phase !== 'decoding' || cancel.signal.aborted) return;
      at = Date.now();
      cancel.abort();
    };
    const staging = stageArchive(source, kind, join(scratch, 'here', 'staging'), {
      signal: cancel.signal,
      report,
    });
    await expect(staging).rejects.toMatchObject({ code: 'cancelled' });
    expect(Date.now() - at).toBeLessThan(1000);
    expect(await readdir(join(scratch, 'here'))).toEqual([]);
    expect(released()).toBe(true);
  });

  test('passes an error of the source on as it is, and leaves nothing', async () => {
    const scratch = await scratchFolder();
    const bytes = await archive(scratch);
    const error = Object.assign(new Error('forged'), { code: 'wrong-signature' });
    const staging = stageArchive(failing(bytes, error), kind, join(scratch, 'here', 'staging'), {
      signal: never,
    });
    await expect(staging).rejects.toBe(error);
    await expect(listArchive(failing(bytes, error), kind, { signal: never })).rejects.toBe(error);
    expect(await readdir(join(scratch, 'here'))).toEqual([]);
  });

  test('is refused where the staging folder exists, which stays as it is', async () => {
    const scratch = await scratchFolder();
    const bytes = await archive(scratch);
    await makeTree(join(scratch, 'here', 'staging'), [{ path: 'mine', content: 'x' }]);
    await expect(
      stageArchive(inPieces(bytes), kind, join(scratch, 'here', 'staging'), { signal: never }),
    ).rejects.toThrow();
    expect(await readdir(join(scratch, 'here', 'staging'))).toEqual(['mine']);
  });
});

test.skipIf(process.platform !== 'linux')('a zip of many files opens them one at a time', async () => {
  const root = join(await scratchFolder(), 'media');
  await makeTree(
    root,
    Array.from({ length: 200 }, (_, at) => ({ path: `${at}`, content: 'x' })),
  );
  const open = async () => (await readdir('/proc/self/fd')).length;
  const before = await open();
  let most = 0;
  for await (const chunk of writeZip(root, { signal: never, exclude: [] })) {
    if (chunk.length > 0) most = Math.max(most, await open());
  }
  expect(most - before).toBeLessThan(10);
});
