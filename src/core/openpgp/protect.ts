import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type { Bytes } from '../task.ts';
import { blockBytes, codeHead } from './protectedData.ts';
import type { SessionKey } from './types.ts';

/** AES by OpenPGP's numbers (RFC 4880, 9.2), in OpenPGP's mode without its old resynchronization (13.9). */
const ciphers: Record<number, string> = { 7: 'aes-128-cfb', 8: 'aes-192-cfb', 9: 'aes-256-cfb' };

/**
 * Packets as the content of integrity-protected data of version 1 (RFC 4880, 5.13): the version, then, encrypted, a
 * random prefix whose end is repeated, the packets, and the modification detection code over all of it.
 */
export async function* encryptProtected(packets: Bytes, key: SessionKey): AsyncGenerator<Uint8Array> {
  const name = ciphers[key.algorithm];
  if (name === undefined) throw new Error(`Cipher ${key.algorithm} is not AES.`);
  const cipher = createCipheriv(name, key.data, Buffer.alloc(blockBytes));
  const hash = createHash('sha1');
  const encrypted = (chunk: Uint8Array) => {
    hash.update(chunk);
    return cipher.update(chunk);
  };
  yield Buffer.from([1]);
  const prefix = randomBytes(blockBytes);
  yield encrypted(Buffer.concat([prefix, prefix.subarray(-2)]));
  for await (const chunk of packets) yield encrypted(chunk);
  yield encrypted(codeHead);
  yield cipher.update(hash.digest());
}
