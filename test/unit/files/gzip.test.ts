import { randomBytes } from 'node:crypto';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parallelDeflate, parallelGzip } from '../../../src/core/files/gzip.ts';
import { gather, inPieces } from '../../support/bytes.ts';

const { signal } = new AbortController();
const mebibyte = 1 << 20;

describe('deflate in parallel blocks', () => {
  const words = Buffer.from('a claim, a fund, a travel report; '.repeat(70_000));
  const hexadecimal = Buffer.from(randomBytes(mebibyte).toString('hex'));

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('a')],
    ['a block to the byte', words.subarray(0, mebibyte)],
    ['two blocks and a byte', words.subarray(0, 2 * mebibyte + 1)],
    ['text, pictures in hexadecimal, and text', Buffer.concat([words, hexadecimal, words])],
    ['what cannot be packed', randomBytes(2 * mebibyte + 77)],
  ])('gives one stream that any inflater reads: %s', async (_, content) => {
    const deflated = await gather(parallelDeflate(inPieces(content, 100_000), { signal }));
    expect(inflateRawSync(deflated).equals(content)).toBe(true);
    const zipped = await gather(parallelGzip(inPieces(content, 100_000), { signal }));
    expect(gunzipSync(zipped).equals(content)).toBe(true);
  });

  it('halves hexadecimal, which a search for matches would not', async () => {
    const deflated = await gather(parallelDeflate(inPieces(hexadecimal, 100_000), { signal }));
    expect(deflated.length).toBeLessThan(hexadecimal.length * 0.52);
  });

  it('still finds matches in hexadecimal that repeats itself', async () => {
    const repeated = Buffer.from(randomBytes(1000).toString('hex').repeat(1000));
    const deflated = await gather(parallelDeflate(inPieces(repeated, 100_000), { signal }));
    expect(deflated.length).toBeLessThan(repeated.length / 50);
  });
});
