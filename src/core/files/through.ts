import { Readable, type Transform } from 'node:stream';
import type { Bytes } from '../task.ts';

/**
 * Pulls bytes through one of Node's transforms. Errors of the source pass as they are; those of the transform go
 * through `explain`. Whoever stops early ends the source too.
 */
export async function* through(
  source: Bytes,
  transform: Transform,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  let sourceError: unknown;
  const input = Readable.from(source, { objectMode: false, highWaterMark: 1 << 20 });
  input.once('error', (error) => {
    sourceError = error;
    transform.destroy(error);
  });
  input.pipe(transform);
  try {
    yield* transform as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw sourceError ?? explain(error);
  } finally {
    input.destroy();
    transform.destroy();
  }
}
