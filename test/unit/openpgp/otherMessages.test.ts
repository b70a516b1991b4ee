import { randomBytes } from 'node:crypto';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { readHead } from '../../../src/core/openpgp/head.ts';
import { PacketReader, packetBytes, tags } from '../../../src/core/openpgp/packets.ts';
import type { SessionKey } from '../../../src/core/openpgp/types.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { keyringWith } from '../../support/keys.ts';
import { anySessionKeyPacket, giveTestKey, literal, messageAround, testKey } from '../../support/pgp.ts';

const { signal } = new AbortController();
const text = randomBytes(300_000);

async function encrypted(
  sessionKey: openpgp.SessionKey,
  config: openpgp.PartialConfig = {},
): Promise<Buffer> {
  const message = await openpgp.createMessage({ binary: new Uint8Array(text) });
  const given = { message, sessionKey, format: 'binary' as const, config };
  return Buffer.from((await openpgp.encrypt(given)) as Uint8Array);
}

/** With a session-key packet in front, which is not looked at: the key is given. */
function opened(message: Buffer, key: SessionKey, size = 10_000): Promise<Buffer> {
  const whole = Buffer.concat([anySessionKeyPacket, message]);
  return gather(decryptBytes(inPieces(whole, size), async () => key, { signal }));
}

describe.each([
  ['3DES', 2, 'tripledes', 24, undefined, 1],
  ['AES256 and GCM', 9, 'aes256', 32, 'gcm', 2],
  ['AES128 and OCB', 7, 'aes128', 16, 'ocb', 2],
] as const)(
  'a message of another program, by %s',
  (_name, algorithm, name, length, aeadAlgorithm, version) => {
    const data = Buffer.alloc(length, 9);
    const key = { algorithm, data };
    const config = { aeadProtect: aeadAlgorithm !== undefined };
    const session = { data, algorithm: name, ...(aeadAlgorithm ? { aeadAlgorithm } : {}) };

    it('opens', async () => {
      const message = await encrypted(session, config);
      const packet = await new PacketReader(streamOf(message)).next();
      expect([packet?.tag, (await packet?.body.next())?.value[0]]).toEqual([tags.protected, version]);
      for (const size of [1000, 1 << 20]) expect((await opened(message, key, size)).equals(text)).toBe(true);
    });

    it('is damaged where it was changed or cut off, and never waited for without end', async () => {
      const message = await encrypted(session, config);
      const changes = [message.subarray(0, -1), message.subarray(0, message.length / 2)];
      for (const at of [message.length - 1, message.length - 25, message.length >> 1]) {
        const changed = Buffer.from(message);
        changed[at]! ^= 4;
        changes.push(changed);
      }
      for (const changed of changes)
        await expect(opened(changed, key)).rejects.toMatchObject({ code: 'damaged' });
    }, 60_000);

    it('is judged by its signature', async () => {
      const [ring, stranger] = [await keyringWith('ops@example.org'), await keyringWith('eve@example.org')];
      const signingKeys = await openpgp.readPrivateKey({ armoredKey: ring.secretKeys[0] ?? '' });
      const message = await openpgp.createMessage({ binary: new Uint8Array(text) });
      const given = { message, sessionKey: session, signingKeys, format: 'binary' as const, config };
      const signed = Buffer.from((await openpgp.encrypt(given)) as Uint8Array);
      const judged = async (keys: string[], required: boolean) => {
        const warnings: string[] = [];
        const options = { signal, onWarning: ({ code }: { code: string }) => void warnings.push(code) };
        const source = async () => ({ ...key, signatures: { keys, required } });
        const whole = Buffer.concat([anySessionKeyPacket, signed]);
        expect((await gather(decryptBytes(inPieces(whole, 50_000), source, options))).equals(text)).toBe(
          true,
        );
        return warnings;
      };
      expect(await judged(ring.publicKeys, true)).toEqual([]);
      expect(await judged(stranger.publicKeys, false)).toEqual(['unknown-signer']);
      await expect(judged(stranger.publicKeys, true)).rejects.toMatchObject({ code: 'missing-signature' });
    });

    it('ends its source, and passes on what that failed with', async () => {
      const message = await encrypted(session, config);
      let ended = false;
      async function* failing(at: number) {
        try {
          yield anySessionKeyPacket;
          let piece = 0;
          for await (const chunk of inPieces(message, 10_000)) {
            if (piece++ === at) throw new RangeError('the disk broke');
            yield chunk;
          }
        } finally {
          ended = true;
        }
      }
      const reading = gather(decryptBytes(failing(5), async () => key, { signal }));
      await expect(reading).rejects.toThrow('the disk broke');
      expect(ended).toBe(true);
    });
  },
);

it('a message at whose changed head OpenPGP.js stands still is damaged, too, after three seconds', async () => {
  const data = Buffer.alloc(24, 9);
  const message = await openpgp.createMessage({ binary: new Uint8Array(100) });
  const sessionKey = { data, algorithm: 'tripledes' as const };
  const changed = Buffer.from(
    (await openpgp.encrypt({ message, sessionKey, format: 'binary' })) as Uint8Array,
  );
  // The tag of the first packet within the encrypted data: behind tag, length, version and ten bytes of prefix.
  changed[13]! ^= 2;
  const started = performance.now();
  await expect(opened(changed, { algorithm: 2, data })).rejects.toMatchObject({
    code: 'damaged',
    cause: { message: 'The message does not go on.' },
  });
  expect(performance.now() - started).toBeGreaterThan(2500);
}, 20_000);

describe('the head of a message', () => {
  it('to a key of version 6 names it', async () => {
    const userIDs = [{ name: 'Six', email: 'six@example.org' }];
    const config = { v6Keys: true, aeadProtect: true };
    const { publicKey } = await openpgp.generateKey({
      type: 'curve25519',
      userIDs,
      format: 'object',
      config,
    });
    const message = await openpgp.createMessage({ text: 'x' });
    const encryptionKeys = publicKey as openpgp.PublicKey;
    const binary = await openpgp.encrypt({ message, encryptionKeys, format: 'binary', config });
    const { recipients } = await readHead(streamOf(binary as Uint8Array));
    const id = (await encryptionKeys.getEncryptionKey()).getKeyID().toHex().toUpperCase();
    expect(recipients).toEqual([{ keyId: id, algorithm: 25 }]);
  });

  const [ours, sixth, fourth] = [
    Buffer.from([3, 1, 2, 3, 4, 5, 6, 7, 8, 18, 0]),
    Buffer.from([6, 33, 6, ...Buffer.alloc(32, 0xa1), 25, 0]),
    Buffer.from([6, 21, 4, ...Buffer.alloc(12, 0xb1), 1, 2, 3, 4, 5, 6, 7, 8, 1, 0]),
  ];
  const data = messageAround(literal('x')).subarray(anySessionKeyPacket.length);
  const headOf = (...bodies: Buffer[]) =>
    readHead(
      streamOf(Buffer.concat([...bodies.map((body) => packetBytes(tags.publicKeySessionKey, body)), data])),
    );

  it.each([
    ['version 3', ours, { keyId: '0102030405060708', algorithm: 18 }],
    ['version 6, key 6', sixth, { keyId: 'A1A1A1A1A1A1A1A1', algorithm: 25 }],
    ['version 6, key 4', fourth, { keyId: '0102030405060708', algorithm: 1 }],
    ['version 6, hidden', Buffer.from([6, 0, 25, 0]), { keyId: '0000000000000000', algorithm: 25 }],
  ])('tells whom a session key of %s is for', async (_name, body, expected) => {
    const { recipients, symmetric, bodyStart } = await headOf(body);
    expect([recipients, symmetric]).toEqual([[expected], false]);
    expect(bodyStart).toHaveLength(18);
  });

  it.each([
    ['too short', Buffer.from([3, 1, 2, 3, 4, 5, 6, 7, 8, 18])],
    ['of no bytes', Buffer.alloc(0)],
    ['of version 6 without a length', Buffer.from([6])],
    ['of version 6 without an algorithm', Buffer.from([6, 33, 6, ...Buffer.alloc(32)])],
    ['of version 2 alone', Buffer.from([2, ...Buffer.alloc(20)])],
  ])('is damaged with a session key %s', async (_name, body) => {
    await expect(headOf(body)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('passes over a session key of no known version, and what pads', async () => {
    const odd = Buffer.from([2, ...Buffer.alloc(20)]);
    const packets = [
      packetBytes(tags.marker, Buffer.from('PGP')),
      packetBytes(tags.publicKeySessionKey, odd),
      packetBytes(tags.padding, randomBytes(40)),
      packetBytes(tags.publicKeySessionKey, ours),
      anySessionKeyPacket,
    ];
    const message = Buffer.concat([...packets, data]);
    expect(await readHead(streamOf(message))).toMatchObject({
      recipients: [{ algorithm: 18 }],
      symmetric: true,
    });
    expect((await gather(decryptBytes(streamOf(message), giveTestKey, { signal }))).toString()).toBe('x');
  });

  it('ends somewhere: a thousand session keys are more than anybody encrypts to', async () => {
    const keys = (count: number) => Array<Buffer>(count).fill(ours);
    expect((await headOf(...keys(999))).recipients).toHaveLength(999);
    await expect(headOf(...keys(1001))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('says nothing of data in a form without a hash, whose key nobody can try', async () => {
    for (const [tag, version] of [
      [tags.aead, 1],
      [tags.protected, 2],
    ] as const) {
      const body = Buffer.concat([Buffer.from([version]), randomBytes(60)]);
      const { bodyStart } = await readHead(
        streamOf(Buffer.concat([anySessionKeyPacket, packetBytes(tag, body)])),
      );
      expect(bodyStart).toHaveLength(0);
    }
    const none = Buffer.concat([anySessionKeyPacket, packetBytes(tags.protected, Buffer.alloc(0))]);
    await expect(readHead(streamOf(none))).rejects.toMatchObject({ message: /cut off/ });
  });

  it('of data of a version that nobody knows opens nothing', async () => {
    for (const [tag, version] of [
      [tags.aead, 2],
      [tags.aead, 0],
      [tags.protected, 3],
      [tags.protected, 0],
    ] as const) {
      const body = Buffer.concat([Buffer.from([version]), randomBytes(60)]);
      const message = Buffer.concat([anySessionKeyPacket, packetBytes(tag, body)]);
      await expect(gather(decryptBytes(streamOf(message), giveTestKey, { signal }))).rejects.toMatchObject({
        code: 'damaged',
      });
    }
  });
});

describe('data of version 1', () => {
  it('is cut off where it has no room for its prefix and its check', async () => {
    for (const length of [0, 1, 17, 18, 39]) {
      const body = Buffer.concat([Buffer.from([1]), randomBytes(length)]);
      const message = Buffer.concat([anySessionKeyPacket, packetBytes(tags.protected, body)]);
      const reading = gather(decryptBytes(streamOf(message), async () => testKey, { signal }));
      await expect(reading, `${length} bytes`).rejects.toMatchObject({ message: /cut off/ });
    }
    const body = Buffer.concat([Buffer.from([1]), randomBytes(40)]);
    const message = Buffer.concat([anySessionKeyPacket, packetBytes(tags.protected, body)]);
    const reading = gather(decryptBytes(streamOf(message), async () => testKey, { signal }));
    await expect(reading).rejects.toMatchObject({ message: /integrity check failed|damaged/ });
  });
});
