import { ReadableStream } from 'node:stream/web';
import type { Bytes } from '../task.ts';

/** A pulled stream as OpenPGP.js wants it. Cancelling it ends the source. */
export function toWebStream<T>(source: AsyncIterable<T>): ReadableStream<T> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

/** The other way. Whoever stops early cancels the stream. */
export async function* fromWebStream(stream: unknown): AsyncGenerator<Uint8Array> {
  yield* stream as ReadableStream<Uint8Array> as Bytes;
}
