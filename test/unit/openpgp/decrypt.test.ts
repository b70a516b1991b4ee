import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { packetBytes, tags } from '../../../src/core/openpgp/packets.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { anySessionKeyPacket, armored, giveTestKey, literal, messageAround } from '../../support/pgp.ts';

const { signal } = new AbortController();
const text = 'INSERT INTO note VALUES(1);\n'.repeat(1000);

const decrypt = (message: Uint8Array, size = 1000) =>
  gather(decryptBytes(inPieces(message, size), giveTestKey, { signal }));
const damaged = expect.objectContaining({ code: 'damaged' });

function compressed(algorithm: number, packets: Buffer): Buffer {
  const packed = { 0: packets, 1: deflateRawSync(packets), 2: deflateSync(packets) }[algorithm] ?? packets;
  return packetBytes(tags.compressed, Buffer.concat([Buffer.from([algorithm]), packed]));
}

/** In the old packet format, its length unknown (RFC 4880, 4.2.1): as gpg writes compressed data. */
function untilTheEnd(tag: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | (tag << 2) | 3]), body]);
}

/** In parts of the given power of two (RFC 4880, 4.2.2.4). */
function inParts(tag: number, body: Buffer, power: number): Buffer {
  const parts: Buffer[] = [Buffer.from([0xc0 | tag])];
  let rest = body;
  while (rest.length >= 2 ** power) {
    parts.push(Buffer.from([0xe0 | power]), rest.subarray(0, 2 ** power));
    rest = rest.subarray(2 ** power);
  }
  const last =
    rest.length < 192 ? [rest.length] : [192 + ((rest.length - 192) >> 8), (rest.length - 192) & 255];
  return Buffer.concat([...parts, Buffer.from(last), rest]);
}

const literalBody = Buffer.concat([Buffer.from('b\0\0\0\0\0'), Buffer.from(text)]);

describe('a message', () => {
  it.each([
    ['nothing in it', literal(''), ''],
    ['literal data', literal(text), text],
    ['literal data with a name', packetBytes(11, Buffer.from(`b\x04name1234${text}`)), text],
    ['literal data in parts', inParts(11, literalBody, 9), text],
    ['literal data in the old format', untilTheEnd(11, literalBody), text],
    ['ZIP', compressed(1, literal(text)), text],
    ['ZLIB', compressed(2, literal(text)), text],
    ['no compression, said so', compressed(0, literal(text)), text],
    [
      'compressed data to the end',
      untilTheEnd(8, Buffer.concat([Buffer.from([1]), deflateRawSync(literal(text))])),
      text,
    ],
    ['compressed data twice', compressed(2, compressed(1, literal(text))), text],
    ['a marker', Buffer.concat([packetBytes(10, Buffer.from('PGP')), literal(text)]), text],
    ['text in network lines', literal('a\r\nb\rc\r\n', 't'), 'a\nb\rc\n'],
    ['UTF-8 in network lines', literal('ż\r\nó', 'u'), 'ż\nó'],
  ])('opens with %s', async (_what, packets, expected) => {
    const message = messageAround(packets);
    for (const size of [1, 17, 4096, 1 << 20]) {
      if (size > 1 || message.length < 5000) expect((await decrypt(message, size)).toString()).toBe(expected);
    }
    expect((await decrypt(armored(message))).toString()).toBe(expected);
  });

  it('is one text, wherever network lines are parted', async () => {
    // Packets come in pieces of 128 KiB: an odd first byte puts a boundary between CR and LF.
    const lines = `x${'\r\n'.repeat(150_000)}end\r`;
    for (const size of [1 << 17, 1 << 20])
      expect((await decrypt(messageAround(literal(lines, 't')), size)).toString()).toBe(
        `x${'\n'.repeat(150_000)}end\r`,
      );
    expect((await decrypt(messageAround(literal(lines)), 1 << 17)).toString()).toBe(lines);
  });

  it('may be compressed twice, and no more', async () => {
    const twice = compressed(1, compressed(1, literal(text)));
    expect((await decrypt(messageAround(twice))).toString()).toBe(text);
    await expect(decrypt(messageAround(compressed(1, twice)))).rejects.toEqual(damaged);
  });

  it('may hold a signature of some size, and none of any', async () => {
    const around = (length: number) =>
      messageAround(Buffer.concat([packetBytes(2, Buffer.alloc(length, 4)), literal(text)]));
    expect((await decrypt(around(1 << 16))).toString()).toBe(text);
    await expect(decrypt(around((1 << 16) + 1))).rejects.toEqual(damaged);
  });

  it.each([7, 8])('opens with the cipher number %i', async (algorithm) => {
    const key = { algorithm, data: randomBytes(algorithm * 8 - 40) };
    const message = messageAround(literal(text), key);
    const back = await gather(decryptBytes(streamOf(message), async () => key, { signal }));
    expect(back.toString()).toBe(text);
  });

  it.each([
    ['no data', Buffer.alloc(0)],
    ['only a marker', packetBytes(10, Buffer.from('PGP'))],
    ['two literal packets', Buffer.concat([literal(text), literal(text)])],
    ['a key', packetBytes(6, Buffer.alloc(20))],
    ['another encrypted message', messageAround(literal(text))],
    ['bytes that are no packet', Buffer.concat([literal(text), Buffer.from('hello')])],
    ['a packet that goes on behind the end', packetBytes(11, Buffer.from('b\0\0\0\0\0long')).subarray(0, -1)],
    ['a literal packet without its head', packetBytes(11, Buffer.from('b'))],
    ['an algorithm that is none', compressed(9, literal(text))],
    ['compressed data that is none', packetBytes(8, Buffer.from('\x01 hello, world'))],
    ['compressed data that is cut off', packetBytes(8, compressed(1, literal(text)).subarray(6, -20))],
    ['bzip2 that is none', packetBytes(8, Buffer.from('\x03 hello, world'))],
    [
      'compressed data in itself, often',
      compressed(1, compressed(1, compressed(1, compressed(1, literal(text))))),
    ],
  ])('is damaged with %s in it, though nobody changed it', async (_what, packets) => {
    for (const size of [13, 1 << 20])
      await expect(decrypt(messageAround(packets), size)).rejects.toEqual(damaged);
  });

  it.each([
    ['a byte', Buffer.alloc(1)],
    ['a marker', packetBytes(10, Buffer.from('PGP'))],
    ['the message again', messageAround(literal(text))],
    ['a literal packet', literal(text)],
    ['text', Buffer.from('regards')],
  ])('is damaged with %s behind it', async (_what, more) => {
    for (const size of [13, 1 << 20])
      await expect(decrypt(Buffer.concat([messageAround(literal(text)), more]), size)).rejects.toEqual(
        damaged,
      );
  });

  it('is damaged, and not waited for, where a changed byte has OpenPGP.js wait for ever', async () => {
    const key = { algorithm: 2, data: Buffer.from('0123456789abcdefghijklmn') };
    const message = messageAround(literal(text), key, Buffer.alloc(8, 5));
    const open = (bytes: Buffer) => gather(decryptBytes(streamOf(bytes), async () => key, { signal }));
    expect((await open(message)).toString()).toBe(text);
    // In the prefix, and in the tag of the literal packet; either spoils the block behind it.
    const changes = [19, 27].map((at) => {
      const changed = Buffer.from(message);
      changed[at] = (changed[at] ?? 0) ^ (at === 19 ? 1 << 5 : 1 << 1);
      return expect(open(changed)).rejects.toEqual(damaged);
    });
    await Promise.all(changes);
  });

  it('is damaged when its compressed data ends early and the rest was changed', async () => {
    // The decompressor is done long before the changed byte comes.
    const packets = Buffer.concat([
      Buffer.from([0xa3, 1]),
      deflateRawSync(literal(text)),
      Buffer.alloc(3_000_000, 0x55),
    ]);
    const message = messageAround(packets);
    expect((await decrypt(message, 1 << 20)).toString()).toBe(text);
    for (const at of [message.length - 1, message.length - 30, message.length - 2_000_000]) {
      const changed = Buffer.from(message);
      changed[at]! ^= 1;
      for (const size of [1 << 14, 1 << 20, 1 << 24])
        await expect(decrypt(changed, size)).rejects.toEqual(damaged);
    }
  });

  it.each([
    [
      'without integrity protection (tag 9)',
      Buffer.concat([anySessionKeyPacket, packetBytes(9, randomBytes(100))]),
    ],
    [
      'of a version that is none',
      Buffer.concat([anySessionKeyPacket, packetBytes(18, Buffer.alloc(100, 7))]),
    ],
    ['without a session key', packetBytes(18, Buffer.concat([Buffer.from([1]), randomBytes(100)]))],
    ['with nothing but session keys', anySessionKeyPacket],
    [
      'with a session key of no known version alone',
      Buffer.concat([
        packetBytes(tags.passphraseSessionKey, Buffer.from([3, 9, 0, 8])),
        messageAround(literal(text)).subarray(anySessionKeyPacket.length),
      ]),
    ],
  ])('is damaged %s', async (_what, message) => {
    await expect(decrypt(message)).rejects.toEqual(damaged);
  });

  it('says what is wrong with one that has no integrity protection', async () => {
    const message = Buffer.concat([anySessionKeyPacket, packetBytes(9, randomBytes(100))]);
    await expect(decrypt(message)).rejects.toMatchObject({
      message: expect.stringContaining('no integrity protection'),
      hint: expect.stringContaining('--ignore-mdc-error'),
    });
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('INSERT INTO note VALUES(1);')],
    ['a public key', packetBytes(6, Buffer.alloc(100))],
    ['a signature', packetBytes(2, Buffer.alloc(100))],
    ['literal data', literal(text)],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
  ])('is not found in %s', async (_what, file) => {
    await expect(decrypt(file)).rejects.toMatchObject({
      code: expect.stringMatching(/^(not-openpgp|damaged)$/),
    });
  });

  it('ends its source when the reader stops, fails or was cancelled', async () => {
    const message = messageAround(literal(randomBytes(1_000_000)));
    let ended = 0;
    async function* source() {
      try {
        yield* inPieces(message, 5000);
      } finally {
        ended++;
      }
    }
    for await (const _ of decryptBytes(source(), giveTestKey, { signal })) break;
    expect(ended).toBe(1);
    const noKey = () => Promise.reject(new RangeError('no key'));
    await expect(gather(decryptBytes(source(), noKey, { signal }))).rejects.toThrow('no key');
    expect(ended).toBe(2);
    const cancelled = { signal: AbortSignal.abort() };
    await expect(gather(decryptBytes(source(), giveTestKey, cancelled))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(ended).toBe(3);
  });

  it('passes on what its source failed with, wherever that is', async () => {
    const message = messageAround(compressed(1, literal(randomBytes(300_000))));
    for (const at of [0, 1, 10, 50]) {
      async function* failing() {
        let piece = 0;
        for await (const chunk of inPieces(message, 5000)) {
          if (piece++ === at) throw new RangeError('the disk broke');
          yield chunk;
        }
      }
      await expect(gather(decryptBytes(failing(), giveTestKey, { signal }))).rejects.toThrow(
        'the disk broke',
      );
    }
  });
});
