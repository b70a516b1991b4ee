import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';

const deflateBlock = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** Input bytes per block: large enough that the 32 KiB of shared history costs nothing. */
const blockBytes = 1 << 20;
/** How far back deflate looks (RFC 1951, 2). */
const windowBytes = 1 << 15;
/** Blocks compressed at once on libuv's pool, which has four threads. */
const inFlight = 3;

/**
 * Node's zlib at 4 packs a dump smaller than gzip and gpg at their usual 6, in half the time of its own 6: for 90 MB of
 * Django-like SQL 36.9 MB in 1.4 s of CPU, against 35.7 MB in 2.8 s, and gzip's 37.5 MB.
 */
const usualLevel = 4;

export interface DeflateOptions {
  signal: AbortSignal;
  /** 1 to 9; {@link usualLevel} where left out. */
  level?: number;
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
  try {
    for await (const { block, last } of blocks(source)) {
      throwIfCancelled(signal);
      const finishFlush = last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
      // zlib refuses an empty dictionary.
      const dictionary = before && before.length > 0 ? { dictionary: before } : {};
      const work = deflateBlock(block, { level, finishFlush, chunkSize: blockBytes, ...dictionary });
      // One that fails while another is waited for must not go unhandled.
      work.catch(() => undefined);
      running.push(work);
      before = block.subarray(Math.max(0, block.length - windowBytes));
      if (running.length >= inFlight) yield (await running.shift()) as Buffer;
    }
    while (running.length > 0) yield (await running.shift()) as Buffer;
  } finally {
    await Promise.allSettled(running);
  }
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
      yield { block: Buffer.concat([...chunks, part]), last: false };
      rest = rest.subarray(part.length);
      chunks = [];
      size = 0;
    }
    if (rest.length === 0) continue;
    chunks.push(rest);
    size += rest.length;
  }
  yield { block: Buffer.concat(chunks), last: true };
}
