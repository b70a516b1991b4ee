import type { Bytes } from '../task.ts';

/** The same bytes, each chunk already asked for while the one before it is worked on: disk and processor at once. */
export async function* ahead(source: Bytes): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  let coming = ask(chunks);
  try {
    for (;;) {
      const { done, value } = await coming;
      if (done) return;
      coming = ask(chunks);
      yield value;
    }
  } finally {
    await coming.catch(() => undefined);
    await chunks.return?.();
  }
}

function ask(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, void>> {
  const coming = chunks.next();
  // One that fails is heard when its turn comes.
  coming.catch(() => undefined);
  return coming;
}
