import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { release } from './release.ts';

const deflateBlock = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** Input bytes per block: large enough that the 32 KiB of shared history costs nothing. */
const blockBytes = 1 << 20;
/** Bytes that zlib hands over at once: few pieces for a block, none of them much larger than what is in it. */
const packedBytes = 1 << 18;
/** How far back deflate looks (RFC 1951, 2). */
const windowBytes = 1 << 15;
/** Blocks compressed at once on libuv's pool, which has four threads. */
const inFlight = 3;

/**
 * Node's zlib at 4 packs a dump smaller than gzip and gpg at their usual 6, in half the time of its own 6: for 90 MB of
 * Django-like SQL 36.9 MB in 1.4 s of CPU, against 35.7 MB in 2.8 s, and gzip's 37.5 MB.
 */
const usualLevel = 4;

/** zlib's most (9 of 9): 0.92 s instead of 1.12 s for 89 MB of SQLite's pages at level 1, to within 0.3 % the same size. */
const memLevel = 9;

/** What is true of one block is mostly true of the next. */
const blocksPerSample = 2;
/** Bytes of a block that are packed both ways to see which is smaller, in pieces from all over it. */
const sampleBytes = 1 << 14;
const samplePieces = 4;

export interface DeflateOptions {
  signal: AbortSignal;
  /** 1 to 9; {@link usualLevel} where left out. */
  level?: number | undefined;
}

/**
 * One raw deflate stream (RFC 1951) whose blocks are compressed on several cores: each knows the 32 KiB before it as its
 * dictionary and ends on a byte boundary, the last one ends the stream. Any inflater reads it.
 */
export async function* parallelDeflate(
  source: Bytes,
  { signal, level = usualLevel }: DeflateOptions,
): AsyncGenerator<Uint8Array> {
  const running: Promise<Buffer>[] = [];
  let before: Buffer | undefined;
  let strategy = Promise.resolve(constants.Z_DEFAULT_STRATEGY);
  let sinceSample = 0;
  try {
    for await (const { block, last } of blocks(source)) {
      throwIfCancelled(signal);
      const finishFlush = last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
      // zlib refuses an empty dictionary.
      const dictionary = before && before.length > 0 ? { dictionary: before } : {};
      if (sinceSample++ % blocksPerSample === 0) strategy = smallest(sampleOf(block));
      const work = packed(block, strategy, {
        level,
        memLevel,
        finishFlush,
        chunkSize: packedBytes,
        ...dictionary,
      });
      // One that fails while another is waited for must not go unhandled.
      work.catch(() => undefined);
      running.push(work);
      before = Buffer.from(block.subarray(Math.max(0, block.length - windowBytes)));
      if (running.length >= inFlight) yield (await running.shift()) as Buffer;
    }
    while (running.length > 0) yield (await running.shift()) as Buffer;
  } finally {
    await Promise.allSettled(running);
  }
}

/** A block, which is given back. */
async function packed(block: Buffer, strategy: Promise<number>, options: ZlibOptions): Promise<Buffer> {
  try {
    return await deflateBlock(block, { ...options, strategy: await strategy });
  } finally {
    release(block);
  }
}

/**
 * Which way makes it smaller: with matches, or by the frequency of its bytes alone. Pictures, and what is encrypted or
 * compressed already, hold no matches, not as hexadecimal in SQL either; looking for them costs four times as much as the
 * rest, and those of three bytes that turn up by chance make it larger.
 */
async function smallest(sample: Buffer): Promise<number> {
  const [matched, coded] = await Promise.all([
    deflateBlock(sample, { level: 1 }),
    deflateBlock(sample, { strategy: constants.Z_HUFFMAN_ONLY }),
  ]);
  return coded.length <= matched.length ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY;
}

function sampleOf(block: Buffer): Buffer {
  if (block.length <= sampleBytes) return block;
  const piece = sampleBytes / samplePieces;
  const apart = (block.length - piece) / (samplePieces - 1);
  const starts = Array.from({ length: samplePieces }, (_, index) => Math.floor(index * apart));
  return Buffer.concat(starts.map((start) => block.subarray(start, start + piece)));
}

/** One gzip member (RFC 1952) around {@link parallelDeflate}. */
export async function* parallelGzip(source: Bytes, options: DeflateOptions): AsyncGenerator<Uint8Array> {
  let sum = 0;
  let size = 0;
  async function* counted(): Bytes & AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      sum = crc32(chunk, sum);
      size += chunk.length;
      yield chunk;
    }
  }
  // No name, no time: two backups of the same content are the same bytes.
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  yield* parallelDeflate(counted(), options);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(sum >>> 0, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

/** The same bytes in blocks of one size, the last one marked; an empty source is one empty block. */
async function* blocks(source: Bytes): AsyncGenerator<{ block: Buffer; last: boolean }> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (size + rest.length > blockBytes) {
      const part = rest.subarray(0, blockBytes - size);
      yield { block: joined([...chunks, part], blockBytes), last: false };
      rest = rest.subarray(part.length);
      chunks = [];
      size = 0;
    }
    if (rest.length === 0) continue;
    chunks.push(rest);
    size += rest.length;
  }
  yield { block: joined(chunks, size), last: true };
}

/** In memory of its own, not in Node's pool, whose other parts would be given back with it. */
function joined(chunks: Uint8Array[], size: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
