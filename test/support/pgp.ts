import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { packetBytes, tags } from '../../src/core/openpgp/packets.ts';
import type { SessionKey, SessionKeySource } from '../../src/core/openpgp/types.ts';

/** A session key for messages that a test builds by hand, and the source that gives it to `decryptBytes`. */
export const testKey: SessionKey = { algorithm: 9, data: Buffer.alloc(32, 7) };
export const giveTestKey: SessionKeySource = async () => testKey;

/** A session-key packet for a passphrase (RFC 4880, 5.3) of which nobody asks anything here. */
export const anySessionKeyPacket: Buffer = packetBytes(tags.passphraseSessionKey, Buffer.from([4, 9, 0, 8]));

/** A literal packet: binary, no name, no date. */
export function literal(content: Uint8Array | string, mode = 'b'): Buffer {
  return packetBytes(tags.literal, Buffer.concat([Buffer.from(`${mode}\0\0\0\0\0`), Buffer.from(content)]));
}

const ciphers: Record<number, string> = {
  2: 'des-ede3-cfb',
  7: 'aes-128-cfb',
  8: 'aes-192-cfb',
  9: 'aes-256-cfb',
};

/**
 * A message around packets as they are, right or wrong: encrypted with the integrity code that belongs to them.
 * @param block what the message begins with, a random block
 */
export function messageAround(
  packets: Uint8Array,
  { data, algorithm }: SessionKey = testKey,
  block = randomBytes(algorithm === 2 ? 8 : 16),
): Buffer {
  const plain = Buffer.concat([block, block.subarray(-2), packets, Buffer.from([0xd3, 0x14])]);
  const code = createHash('sha1').update(plain).digest();
  const cipher = createCipheriv(ciphers[algorithm] ?? '', data, Buffer.alloc(block.length));
  const body = Buffer.concat([Buffer.from([1]), cipher.update(plain), cipher.update(code), cipher.final()]);
  return Buffer.concat([anySessionKeyPacket, packetBytes(tags.protected, body)]);
}

/** The ASCII armor of a message (RFC 4880, 6.2). */
export function armored(
  message: Uint8Array,
  { headers = '', checksum = '=AAAA\n', lineEnd = '\n' } = {},
): Buffer {
  const lines = (
    Buffer.from(message)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n');
  const text = `-----BEGIN PGP MESSAGE-----\n${headers}\n${lines}\n${checksum}-----END PGP MESSAGE-----\n`;
  return Buffer.from(text.replaceAll('\n', lineEnd));
}
