import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import { readHead } from '../../../src/core/openpgp/head.ts';
import { PacketReader, tags, wholeBody } from '../../../src/core/openpgp/packets.ts';
import type { Warning } from '../../../src/core/task.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { keyringWith, type TestKeyring } from '../../support/keys.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const text = Buffer.from('INSERT INTO "note" VALUES(1,\'żółć\');\n'.repeat(20_000));
const { ask } = testTask();

const sourceOf = ({ keyring }: TestKeyring, requireSignature = false) =>
  createSessionKeySource({ keyring, gnupg: undefined, ask, requireSignature });

describe('a message of ours', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a byte', Buffer.from('x')],
    ['one part exactly', randomBytes(65_536 - 6)],
    ['text', text],
    ['what does not compress', randomBytes(3_000_000)],
  ])('comes back, compressed or not, signed or not: %s', async (_name, content) => {
    const ring = await keyringWith('ops@example.org');
    const signing = { armored: ring.secretKeys[0] ?? '', passphrase: '' };
    for (const compress of [true, false]) {
      for (const how of [{}, { signing }]) {
        const options = { recipients: ring.publicKeys, compress, signal, ...how };
        const message = await gather(encryptBytes(inPieces(content, 100_001), options));
        if (compress && content === text) expect(message.length).toBeLessThan(text.length / 10);
        const source = sourceOf(ring, 'signing' in how);
        const back = await gather(decryptBytes(inPieces(message, 65_537), source, { signal }));
        expect(back.equals(content)).toBe(true);
      }
    }
  });

  it('is what GnuPG 2.2 reads: session keys of version 3, data of version 1, no AEAD', async () => {
    const { publicKeys, keys } = await keyringWith('a@example.org', 'b@example.org');
    const message = await gather(
      encryptBytes(streamOf(text), { recipients: publicKeys, compress: true, signal }),
    );
    const reader = new PacketReader(streamOf(message));
    const found: [number, number | undefined][] = [];
    for (let packet = await reader.next(); packet; packet = await reader.next())
      found.push([packet.tag, (await wholeBody(packet, 1 << 30))[0]]);
    const { publicKeySessionKey, protected: data } = tags;
    expect(found).toEqual([
      [publicKeySessionKey, 3],
      [publicKeySessionKey, 3],
      [data, 1],
    ]);
    const head = await readHead(inPieces(message, 50));
    expect(head).toMatchObject({ symmetric: false, armored: false });
    for (const [index, { keyIds }] of keys.entries()) expect(keyIds).toContain(head.recipients[index]?.keyId);
  });

  it('has its head read without the rest of it', async () => {
    const { publicKeys } = await keyringWith('ops@example.org');
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 65_536;
        yield randomBytes(65_536);
      }
    }
    const message = encryptBytes(endless(), { recipients: publicKeys, compress: false, signal });
    expect((await readHead(message)).recipients).toHaveLength(1);
    expect(given).toBeLessThan(10_000_000);
  });

  it.each([true, false])(
    'is never taken when a byte was changed, anywhere (compressed: %s)',
    async (compress) => {
      const ring = await keyringWith('ops@example.org');
      const small = Buffer.from('CREATE TABLE t(x);\n'.repeat(3));
      const options = { recipients: ring.publicKeys, compress, signal };
      const message = await gather(encryptBytes(streamOf(small), options));
      const source = sourceOf(ring);
      for (let at = 0; at < message.length; at++) {
        for (const bit of [1, 0x80]) {
          const changed = Buffer.from(message);
          changed[at]! ^= bit;
          const reading = gather(decryptBytes(streamOf(changed), source, { signal }));
          const result = await reading.catch((error) => error.code ?? error);
          // A bit of the key's id may be wrong: the only secret key there is opens it nevertheless.
          const harmless = Buffer.isBuffer(result) && result.equals(small);
          if (!harmless) expect(['damaged', 'not-openpgp', 'no-secret-key'], `byte ${at}`).toContain(result);
          else expect(at).toBeLessThan(2 + (message[1] ?? 0));
        }
      }
    },
  );

  it('is never taken when it is cut off', async () => {
    const ring = await keyringWith('ops@example.org');
    const options = { recipients: ring.publicKeys, compress: false, signal };
    const message = await gather(encryptBytes(streamOf('hello'), options));
    for (let length = 0; length < message.length; length++) {
      const reading = gather(decryptBytes(streamOf(message.subarray(0, length)), sourceOf(ring), { signal }));
      await expect(reading, `${length} of ${message.length}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(damaged|not-openpgp)$/),
      });
    }
  });

  it.each([
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ])('ends the source when its reader stops early (compressed: %s, signed: %s)', async (compress, signed) => {
    const { publicKeys: recipients, secretKeys } = await keyringWith('ops@example.org');
    const signing = signed ? { armored: secretKeys[0] ?? '', passphrase: '' } : undefined;
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield randomBytes(100_000);
      } finally {
        ended = true;
      }
    }
    let chunks = 0;
    for await (const _ of encryptBytes(endless(), { recipients, compress, signing, signal })) {
      if (++chunks === 5) break;
    }
    expect(ended).toBe(true);
  });

  it.each([
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ])('passes on what its source failed with (compressed: %s, signed: %s)', async (compress, signed) => {
    const { publicKeys: recipients, secretKeys } = await keyringWith('ops@example.org');
    const signing = signed ? { armored: secretKeys[0] ?? '', passphrase: '' } : undefined;
    async function* failing() {
      yield randomBytes(200_000);
      throw new RangeError('the source broke');
    }
    const writing = gather(encryptBytes(failing(), { recipients, compress, signing, signal }));
    await expect(writing).rejects.toThrow('the source broke');
  });

  it('stops when it is cancelled', async () => {
    const { publicKeys: recipients } = await keyringWith('ops@example.org');
    const controller = new AbortController();
    async function* endless() {
      for (let piece = 0; ; piece++) {
        if (piece === 20) controller.abort();
        yield randomBytes(1 << 20);
      }
    }
    const writing = gather(
      encryptBytes(endless(), { recipients, compress: true, signal: controller.signal }),
    );
    await expect(writing).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a signature', () => {
  async function signed(content: Buffer, signer: TestKeyring, reader: TestKeyring) {
    const signing = { armored: signer.secretKeys[0] ?? '', passphrase: '' };
    const options = { recipients: reader.publicKeys, compress: true, signing, signal };
    return gather(encryptBytes(streamOf(content), options));
  }

  async function opened(message: Buffer, reader: TestKeyring, requireSignature: boolean) {
    const warnings: Warning[] = [];
    const onWarning = (warning: Warning) => void warnings.push(warning);
    await gather(decryptBytes(streamOf(message), sourceOf(reader, requireSignature), { signal, onWarning }));
    return warnings.map(({ code }) => code);
  }

  it('by a key of the keyring is good; no signature is said only where one is required', async () => {
    const ring = await keyringWith('ops@example.org');
    const message = await signed(text, ring, ring);
    expect(await opened(message, ring, true)).toEqual([]);
    const options = { recipients: ring.publicKeys, compress: true, signal };
    const unsigned = await gather(encryptBytes(streamOf(text), options));
    expect(await opened(unsigned, ring, false)).toEqual([]);
    await expect(opened(unsigned, ring, true)).rejects.toMatchObject({ code: 'missing-signature' });
  });

  it('by a stranger is said, and not enough where one is required', async () => {
    const [ring, stranger] = [await keyringWith('ops@example.org'), await keyringWith('eve@example.org')];
    const message = await signed(text, stranger, ring);
    expect(await opened(message, ring, false)).toEqual(['unknown-signer']);
    await expect(opened(message, ring, true)).rejects.toMatchObject({ code: 'missing-signature' });
    await ring.keyring.import(Buffer.from(stranger.publicKeys[0] ?? ''));
    expect(await opened(message, ring, true)).toEqual([]);
  });

  it('needs a key that can sign', async () => {
    const ring = await keyringWith('ops@example.org:secret');
    const signing = { armored: ring.secretKeys[0] ?? '', passphrase: 'wrong' };
    const options = { recipients: ring.publicKeys, compress: true, signing, signal };
    await expect(gather(encryptBytes(streamOf(text), options))).rejects.toThrow(/passphrase/i);
  });
});
