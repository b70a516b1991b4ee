import { createCipheriv, createHash, type Hash, timingSafeEqual } from 'node:crypto';
import type { Bytes } from '../task.ts';
import { ByteReader } from './byteReader.ts';
import { changed, cutOff } from './damaged.ts';
import type { SessionKey } from './types.ts';

export const blockBytes = 16;
/** The prefix: a random block whose last two bytes are repeated. */
export const prefixBytes = blockBytes + 2;
/** The modification detection code packet: tag and length, and a SHA-1 of all that stands before (RFC 4880, 5.14). */
export const codeHead = Buffer.from([0xd3, 0x14]);
const codeBytes = 22;

/** AES by OpenPGP's numbers (RFC 4880, 9.2), as the block cipher that CFB is built of. */
const blockCiphers: Record<number, string> = { 7: 'aes-128-ecb', 8: 'aes-192-ecb', 9: 'aes-256-ecb' };

export function isAes({ algorithm }: Pick<SessionKey, 'algorithm'>): boolean {
  return algorithm in blockCiphers;
}

/**
 * Decrypts integrity-protected data of version 1 (RFC 4880, 5.13) encrypted by AES. What it gives is NOT to be trusted
 * before it has ended without an error.
 * @param body the packet's content, its version number first
 * @param onIntact called once, at the end, where the integrity check passes
 * @throws BackupError damaged
 */
export async function* decryptProtected(
  body: Bytes,
  key: SessionKey,
  onIntact: () => void,
): AsyncGenerator<Uint8Array> {
  const decrypt = cfbDecryptor(key);
  const hash = createHash('sha1');
  let held: Buffer = Buffer.alloc(0);
  let prefix = prefixBytes;
  const reader = new ByteReader(body);
  await reader.take(1);
  for await (const chunk of reader.rest()) {
    const plain = decrypt(chunk);
    const all = held.length === 0 ? plain : Buffer.concat([held, plain]);
    const ready = all.length - codeBytes;
    if (ready < prefix) {
      held = all;
      continue;
    }
    hash.update(all.subarray(0, ready));
    if (ready > prefix) yield all.subarray(prefix, ready);
    prefix = 0;
    held = Buffer.from(all.subarray(ready));
  }
  if (held.length < codeBytes || prefix > 0) throw cutOff();
  if (!isCode(held, hash)) throw changed();
  onIntact();
}

function isCode(code: Buffer, hash: Hash): boolean {
  const digest = hash.update(codeHead).digest();
  return timingSafeEqual(code, Buffer.concat([codeHead, digest]));
}

/** Whether a session key fits: the last two bytes of the first block are repeated after it. */
export function opensPrefix(key: SessionKey, start: Uint8Array): boolean {
  if (!isAes(key) || start.length < prefixBytes) return true;
  const plain = cfbDecryptor(key)(start.subarray(0, prefixBytes));
  return plain[14] === plain[16] && plain[15] === plain[17];
}

/**
 * CFB without the library's mode of that name: plaintext is ciphertext XOR the encrypted block before it, so all blocks
 * are encrypted at once by ECB. Three times as fast in OpenSSL, and Electron has it for every key size.
 */
function cfbDecryptor({ algorithm, data }: SessionKey): (chunk: Uint8Array) => Buffer {
  const cipher = createCipheriv(blockCiphers[algorithm] as string, data, null).setAutoPadding(false);
  // The initial vector is zero; from then on the stream is at most a block ahead.
  let ahead: Buffer = cipher.update(Buffer.alloc(blockBytes));
  return (chunk) => {
    const stream = Buffer.concat([ahead, cipher.update(chunk)]);
    ahead = Buffer.from(stream.subarray(chunk.length));
    const plain = stream.subarray(0, chunk.length);
    xorInto(plain, chunk);
    return plain;
  };
}

/** Four bytes at a time: `target` is a buffer of Node's own and so aligned, `other` is made so where it is not. */
function xorInto(target: Buffer, other: Uint8Array): void {
  const aligned = other.byteOffset % 4 === 0 ? other : Buffer.from(other);
  const words = target.length >> 2;
  const targetWords = new Uint32Array(target.buffer, target.byteOffset, words);
  const otherWords = new Uint32Array(aligned.buffer, aligned.byteOffset, words);
  for (let at = 0; at < words; at++)
    targetWords[at] = (targetWords[at] as number) ^ (otherWords[at] as number);
  for (let at = words * 4; at < target.length; at++)
    target[at] = (target[at] as number) ^ (aligned[at] as number);
}
