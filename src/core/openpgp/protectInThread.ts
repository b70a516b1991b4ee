import { ChunkWriter } from '../files/chunkWriter.ts';
import { peek } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import { throughThread } from '../threads/throughThread.ts';
import { encryptProtected } from './protect.ts';
import type { SessionKey } from './types.ts';

/** Bytes that are encrypted before a thread would have been started. */
const worthAThread = 1 << 21;

/**
 * As `encryptProtected`, in a thread of its own where there is so much that it pays.
 * @param script path of the thread's script; without it all is done in this one
 */
export async function* protectInThread(
  packets: Bytes,
  key: SessionKey,
  script: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { head, bytes } = await peek(packets, worthAThread);
  if (script === undefined || head.length < worthAThread) return yield* encryptProtected(bytes, key);
  const transfer = ({ buffer }: Uint8Array) => [buffer as ArrayBuffer];
  yield* throughThread<Uint8Array, Uint8Array>(inChunks(bytes), { script, start: key, signal, transfer });
}

/** In memory that is nobody else's. */
async function* inChunks(source: Bytes): AsyncGenerator<Uint8Array> {
  const chunks = new ChunkWriter();
  for await (const bytes of source) yield* chunks.add(bytes);
  yield chunks.rest();
}
