import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { withinFreeSpace } from '../../../src/core/files/withinFreeSpace.ts';
import { gather } from '../../support/bytes.ts';

async function* zeros(chunks: number) {
  for (let count = 0; count < chunks; count++) yield Buffer.alloc(1000);
}

describe('bytes on their way to a disk', () => {
  it('pass while there is room', async () => {
    expect((await gather(withinFreeSpace(zeros(50), tmpdir(), { every: 5000, reserve: 0 }))).length).toBe(
      50_000,
    );
  });

  it('are stopped by name before they fill it, and their source is ended', async () => {
    let ended = false;
    async function* endless() {
      try {
        yield* zeros(1_000_000);
      } finally {
        ended = true;
      }
    }
    const writing = gather(
      withinFreeSpace(endless(), tmpdir(), { every: 5000, reserve: Number.MAX_SAFE_INTEGER }),
    );
    await expect(writing).rejects.toMatchObject({ code: 'disk-full', hint: expect.any(String) });
    expect(ended).toBe(true);
  });

  it('are not looked after where they are few', async () => {
    const few = withinFreeSpace(zeros(3), '/no/such/folder');
    expect((await gather(few)).length).toBe(3000);
  });
});
