import { describe, expect, it } from 'vitest';
import { ahead } from '../../../src/core/files/ahead.ts';
import { gather } from '../../support/bytes.ts';

const chunk = Buffer.from('x');

describe('reading ahead', () => {
  it('gives the same bytes', async () => {
    async function* source() {
      for (let at = 0; at < 100; at++) yield Buffer.from(`${at},`);
    }
    expect((await gather(ahead(source()))).equals(await gather(source()))).toBe(true);
  });

  it('is one chunk ahead, never more', async () => {
    let given = 0;
    async function* source() {
      for (;;) {
        given++;
        yield chunk;
      }
    }
    let taken = 0;
    for await (const _ of ahead(source())) {
      taken++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(given).toBe(taken + 1);
      if (taken === 5) break;
    }
  });

  it('gives what came before a failure, then fails, and ends its source when it is left', async () => {
    async function* failing() {
      yield chunk;
      throw new RangeError('broke');
    }
    const reading = ahead(failing());
    expect((await reading.next()).value).toBe(chunk);
    await expect(reading.next()).rejects.toThrow('broke');

    let ended = false;
    async function* endless() {
      try {
        for (;;) yield chunk;
      } finally {
        ended = true;
      }
    }
    for await (const _ of ahead(endless())) break;
    expect(ended).toBe(true);
  });
});
