import { createInflate, createInflateRaw } from 'node:zlib';
import { through } from '../files/through.ts';
import type { Bytes } from '../task.ts';
import { damaged } from './damaged.ts';

const chunkSize = 1 << 18;

/** What was compressed by one of OpenPGP's algorithms (RFC 4880, 9.3). @throws BackupError damaged */
export async function* decompressed(
  source: Bytes,
  algorithm: number | undefined,
): AsyncGenerator<Uint8Array> {
  switch (algorithm) {
    case 0:
      return yield* source;
    case 1:
      return yield* through(source, createInflateRaw({ chunkSize }), damaged);
    case 2:
      return yield* through(source, createInflate({ chunkSize }), damaged);
    case 3:
      return yield* bunzipped(source);
    default:
      throw damaged();
  }
}

/** Slow, and rare: keys made by gpg prefer zlib to it. The stream does its work while it is written to. */
async function* bunzipped(source: Bytes): AsyncGenerator<Uint8Array> {
  const { default: unbzip2 } = await import('unbzip2-stream');
  const stream = unbzip2();
  const ready: Buffer[] = [];
  const problems: unknown[] = [];
  stream.on('data', (chunk: Buffer) => ready.push(chunk));
  stream.on('error', (error) => problems.push(error));
  for await (const chunk of source) {
    stream.write(chunk);
    yield* ready.splice(0);
    if (problems.length > 0) throw damaged(problems[0]);
  }
  stream.end();
  yield* ready.splice(0);
  if (problems.length > 0) throw damaged(problems[0]);
}
