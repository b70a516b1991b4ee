import * as crypto from 'node:crypto';

const blockBytes = 64;

/**
 * HMAC-SHA256 (RFC 2104) for millions of short messages: node's own makes an object for each, which takes four times as
 * long. It is used where the host has no one-shot hash (before Node 20.12).
 */
export class Hmac {
  readonly #secret: Uint8Array;
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** @param secret at most 64 bytes */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
    const padded = (pad: number) => {
      const block = Buffer.alloc(blockBytes, pad);
      for (const [at, byte] of secret.entries()) block[at] = byte ^ pad;
      return block;
    };
    this.#inner = padded(0x36);
    this.#outer = padded(0x5c);
  }

  digest(...message: Uint8Array[]): Buffer {
    if (typeof crypto.hash !== 'function') {
      const hmac = crypto.createHmac('sha256', this.#secret);
      for (const part of message) hmac.update(part);
      return hmac.digest();
    }
    const inner = crypto.hash('sha256', Buffer.concat([this.#inner, ...message]), 'buffer');
    return crypto.hash('sha256', Buffer.concat([this.#outer, inner]), 'buffer');
  }
}
