import { describe, expect, it } from 'vitest';
import { withinLimits } from '../../../src/core/files/unpackLimits.ts';
import { unpackLimits } from '../../../src/core/project/folderSettings.ts';

const mega = 2 ** 20;

/** Zeros, so many megabytes, of which it tells how many were asked for. */
function zeros(megabytes: number) {
  const given = { megabytes: 0 };
  const source = (async function* () {
    const chunk = Buffer.alloc(mega);
    for (; given.megabytes < megabytes; given.megabytes++) yield chunk;
  })();
  return { source, given };
}

async function passed(megabytes: number, packed: number, limits = {}) {
  const { source, given } = zeros(megabytes);
  let bytes = 0;
  try {
    for await (const chunk of withinLimits(source, 'x.dump.gz', packed, limits)) bytes += chunk.length;
    return bytes / mega;
  } catch (error) {
    return { error, read: given.megabytes };
  }
}

describe('what a backup unpacks to', () => {
  it('may be a thousand times its size, as one deflate makes it, and of small files any number of times', async () => {
    expect(await passed(64, 1)).toBe(64);
    expect(await passed(100, Math.ceil((100 * mega) / 1100))).toBe(100);
  });

  it('is stopped where it is more, by name, without reading on', async () => {
    expect(await passed(200, 1000)).toEqual({
      error: expect.objectContaining({
        code: 'over-limit',
        message: expect.stringContaining('x.dump.gz unpacks to more than 1100 times its size'),
        hint: expect.stringContaining('raise "ratio" in the setting dbbackup.limits'),
      }),
      read: 64,
    });
    expect(await passed(10, mega, { bytes: 5 * mega })).toEqual({
      error: expect.objectContaining({
        message: 'x.dump.gz unpacks to more than 5242880 bytes.',
        hint: expect.stringContaining('"size"'),
      }),
      read: 5,
    });
  });

  it('is what the setting says', async () => {
    expect(await passed(200, 1000, { ratio: 1_000_000 })).toBe(200);
    expect(await passed(200, 100 * mega, { ratio: 1 })).toMatchObject({ read: 100 });
    expect(unpackLimits({ limits: { size: '5 MB', ratio: 7, files: 3, zip: '1 GiB' } })).toEqual({
      bytes: 5e6,
      ratio: 7,
      entries: 3,
      zipBytes: 2 ** 30,
    });
    expect(unpackLimits({})).toEqual({});
    expect(unpackLimits({ limits: { files: 3 } })).toEqual({ entries: 3 });
  });
});
