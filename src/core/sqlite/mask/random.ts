import type { Hmac } from './hmac.ts';

/** Letters and digits that are not taken for one another; as many as a power of two. */
const symbols = 'abcdefghijkmnpqrstuvwxyz23456789';
const consonants = 'bcdfghjklmnprstv';
const vowels = 'aeio';

/** Bits in one {@link Random.symbols} character. */
export const symbolBits = 5;

/** What looks random and is the same each time for the same secret and input (HMAC-SHA256, RFC 2104). */
export class Random {
  readonly #hmac: Hmac;
  #bytes: Buffer;
  #at = 0;

  constructor(hmac: Hmac, ...input: Uint8Array[]) {
    this.#hmac = hmac;
    this.#bytes = hmac.digest(...input);
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    // 24 bits for the few hundred or thousand that are asked for: what is uneven about it is nothing.
    return ((this.#byte() << 16) | (this.#byte() << 8) | this.#byte()) % below;
  }

  digit(): string {
    return String(this.below(10));
  }

  symbols(count: number): string {
    return Array.from({ length: count }, () => symbols[this.#byte() % symbols.length]).join('');
  }

  /** 6 bits each. */
  syllables(count: number): string {
    return Array.from({ length: count }, () => {
      const byte = this.#byte();
      return `${consonants[byte & 15]}${vowels[(byte >> 4) & 3]}`;
    }).join('');
  }

  #byte(): number {
    if (this.#at === this.#bytes.length) {
      this.#bytes = this.#hmac.digest(this.#bytes);
      this.#at = 0;
    }
    return this.#bytes[this.#at++]!;
  }
}
