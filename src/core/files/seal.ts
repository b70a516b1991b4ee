import { type CipherGCM, createCipheriv, randomBytes } from 'node:crypto';
import type { Bytes } from '../task.ts';
import { readParts } from './hashFile.ts';

/**
 * Proves that a file holds the bytes that went into it: GMAC (NIST SP 800-38D) under a key that nobody else ever knows, at a
 * twentieth of what SHA-256 costs.
 */
export class Seal {
  readonly #key = randomBytes(16);
  readonly #written = this.#start();
  #bytes = 0;

  /** The same bytes, sealed while they pass; once. */
  async *over(source: Bytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      if (chunk.length > 0) this.#written.setAAD(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  /**
   * Whether a file holds exactly those bytes; asked once, when all of them have passed.
   * @param onRead is told how many bytes were read so far
   */
  async isOn(path: string, signal: AbortSignal, onRead?: (bytes: number) => void): Promise<boolean> {
    const found = this.#start();
    const bytes = await readParts(path, signal, (part, read) => {
      found.setAAD(part);
      onRead?.(read);
    });
    return bytes === this.#bytes && tagOf(found).equals(tagOf(this.#written));
  }

  /** The key serves this one content, so that the nonce may be the same each time. */
  #start(): CipherGCM {
    return createCipheriv('aes-128-gcm', this.#key, Buffer.alloc(12));
  }
}

function tagOf(mac: CipherGCM): Buffer {
  mac.final();
  return mac.getAuthTag();
}
