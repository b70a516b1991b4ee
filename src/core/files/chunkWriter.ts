/** Bytes of a chunk. */
const chunkBytes = 256 * 1024;

/** Gathers small pieces of text and bytes into chunks of one size. What it is given is copied. */
export class ChunkWriter {
  #chunk = Buffer.allocUnsafe(chunkBytes);
  #at = 0;

  /** @param part text, or bytes that are UTF-8; gives the chunks that it filled */
  *add(part: string | Uint8Array): Generator<Uint8Array> {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    for (let from = 0; from < bytes.length; ) {
      const fitting = Math.min(bytes.length - from, chunkBytes - this.#at);
      this.#chunk.set(bytes.subarray(from, from + fitting), this.#at);
      from += fitting;
      this.#at += fitting;
      if (this.#at === chunkBytes) yield this.rest();
    }
  }

  /** What no chunk was filled with yet. */
  rest(): Uint8Array {
    const chunk = this.#chunk.subarray(0, this.#at);
    this.#chunk = Buffer.allocUnsafe(chunkBytes);
    this.#at = 0;
    return chunk;
  }
}
