import type { Bytes } from '../task.ts';

const nothing = new Uint8Array();

/** Reads a pulled stream by numbers of bytes, wherever its chunks happen to end. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = nothing;

  constructor(source: Bytes) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most `most`, as they come; nothing at the stream's end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return nothing;
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** Exactly `length` bytes; fewer only where the stream ends before. */
  async take(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let part = await this.some(Infinity); part.length > 0; part = await this.some(Infinity)) yield part;
  }

  /** Ends the source, read to its end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
