import { open } from 'node:fs/promises';
import { throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { fileProblem } from './fileProblem.ts';

const chunkBytes = 1 << 20;

/**
 * A file's bytes, read as they are pulled, a MiB at a time.
 * @param onRead is told how many bytes were read so far
 * @param start the offset to begin at, in bytes; a pipe has none but 0
 * @param chunk bytes that are read at a time
 */
export async function* readBytes(
  path: string,
  signal: AbortSignal,
  onRead?: (bytes: number) => void,
  start = 0,
  chunk = chunkBytes,
): Bytes & AsyncGenerator<Uint8Array> {
  let done = 0;
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileProblem(error, path);
  });
  try {
    for (;;) {
      throwIfCancelled(signal);
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(chunk),
        0,
        chunk,
        start === 0 ? null : start + done,
      );
      if (bytesRead === 0) return;
      done += bytesRead;
      onRead?.(done);
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileProblem(error, path);
  } finally {
    await file.close();
  }
}

/** Looks at the first `length` bytes and gives them back together with the whole stream, unread. */
export async function peek(source: Bytes, length: number): Promise<{ head: Uint8Array; bytes: Bytes }> {
  const iterator = source[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let size = 0;
  while (size < length) {
    const next = await iterator.next();
    if (next.done) break;
    seen.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(seen).subarray(0, length);
  return { head, bytes: endingToo(replay(seen, iterator), iterator) };
}

/**
 * Ends what bytes are read from together with them: a generator that was never asked for anything does not run its
 * `finally`, so that it closes nothing.
 */
export function endingToo(
  bytes: Bytes,
  source: Pick<AsyncIterator<unknown>, 'return'>,
): Bytes & AsyncIterator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    return: async () => {
      await iterator.return?.();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* replay(seen: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* seen;
    for (;;) {
      const next = await rest.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

/** Ends a stream that nobody may have begun to read; one that has ended is not moved by it. */
export async function closeUnread(bytes: Bytes): Promise<void> {
  await bytes[Symbol.asyncIterator]().return?.();
}
