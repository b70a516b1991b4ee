import { readFileSync } from 'node:fs';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import { packetBytes, tags } from '../../../src/core/openpgp/packets.ts';
import type { SessionKey } from '../../../src/core/openpgp/types.ts';
import type { Warning } from '../../../src/core/task.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { fixture } from '../../support/fixtures.ts';
import { keyringWith } from '../../support/keys.ts';
import { literal, messageAround, testKey } from '../../support/pgp.ts';

interface Written {
  plain: string;
  bzip2: string;
  encrypted: { cipher: string; algorithm: number; key: string; message: string }[];
  signed: string;
  signedAsText: string;
  signer: string;
  certifier: string;
}

const written = JSON.parse(readFileSync(fixture('..', 'openpgp', 'gnupg.json'), 'utf8')) as Written;
const plain = Buffer.from(written.plain, 'base64');
const { signal } = new AbortController();
/** A one-pass signature packet of version 3 (RFC 4880, 5.4). */
const onePassBytes = 15;

function opened(message: Uint8Array, key: SessionKey, size: number): Promise<Buffer> {
  return gather(decryptBytes(inPieces(message, size), async () => key, { signal }));
}

describe.each(written.encrypted)('a message of gpg, encrypted by $cipher', ({ algorithm, key, message }) => {
  const bytes = Buffer.from(message, 'base64');
  const session = { algorithm, data: Buffer.from(key, 'hex') };

  it('opens', async () => {
    for (const size of [1, 50, 1 << 20])
      expect((await opened(bytes, session, size)).equals(plain)).toBe(true);
  });

  it('is damaged with any byte of its data changed, or cut off', async () => {
    const start = bytes.findIndex((byte, at) => byte === 0xd2 && bytes[at + 1] === bytes.length - at - 2);
    for (let at = start + 3; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x10;
      await expect(opened(changed, session, 64), `byte ${at}`).rejects.toMatchObject({ code: 'damaged' });
    }
    for (const length of [bytes.length - 1, bytes.length - 21, start + 10])
      await expect(opened(bytes.subarray(0, length), session, 64)).rejects.toMatchObject({ code: 'damaged' });
  }, 60_000);

  it('is damaged to another key', async () => {
    const other = { algorithm, data: Buffer.alloc(session.data.length, 3) };
    await expect(opened(bytes, other, 64)).rejects.toMatchObject({ code: 'damaged' });
  });
});

it('a cipher that nobody has is named', async () => {
  const [{ message } = { message: '' }] = written.encrypted;
  const session = { algorithm: 200, data: Buffer.alloc(16) };
  await expect(opened(Buffer.from(message, 'base64'), session, 64)).rejects.toMatchObject({
    code: 'engine-cannot',
    message: expect.stringContaining('cipher'),
  });
});

it('what bzip2 has packed comes out, in pieces of any size; a changed byte is damage', async () => {
  const packed = Buffer.from(written.bzip2, 'base64');
  const messageOf = (bytes: Buffer) =>
    messageAround(packetBytes(tags.compressed, Buffer.concat([Buffer.from([3]), bytes])));
  for (const size of [1, 20, 1 << 20])
    expect((await opened(messageOf(packed), testKey, size)).toString()).toBe(
      'INSERT INTO note VALUES(1);\n'.repeat(40),
    );
  for (const at of [2, 10, 60, packed.length - 6]) {
    const changed = Buffer.from(packed);
    changed[at]! ^= 0x10;
    await expect(opened(messageOf(changed), testKey, 1 << 20), `byte ${at}`).rejects.toMatchObject({
      code: 'damaged',
    });
  }
  await expect(opened(messageOf(packed.subarray(0, 60)), testKey, 1 << 20)).rejects.toMatchObject({
    code: 'damaged',
  });
});

describe.each([
  ['a binary signature', written.signed],
  ['a signature over text', written.signedAsText],
])('%s of gpg', (_kind, base64) => {
  const packets = Buffer.from(base64, 'base64');

  /** The codes of what is left open; fails as the message does. */
  async function judged(content: Buffer, keys: string[], required = true, size = 7): Promise<string[]> {
    const warnings: Warning[] = [];
    const source = async () => ({ ...testKey, signatures: { keys, required } });
    const options = { signal, onWarning: (warning: Warning) => void warnings.push(warning) };
    const text = await gather(decryptBytes(inPieces(messageAround(content), size), source, options));
    expect(text.toString()).toBe(plain.toString());
    return warnings.map(({ code }) => code);
  }

  it('is good, wherever the chunks end', async () => {
    for (const size of [1, 2, 3, 7, 1 << 20])
      expect(await judged(packets, [written.signer], true, size)).toEqual([]);
  });

  it('by a key that is not here is said, and refused where one is wanted', async () => {
    const { publicKeys } = await keyringWith('other@example.org');
    expect(await judged(packets, publicKeys, false)).toEqual(['unknown-signer']);
    await expect(judged(packets, publicKeys)).rejects.toMatchObject({ code: 'missing-signature' });
  });

  it('over other words is wrong, wanted or not', async () => {
    const forged = Buffer.from(packets);
    forged.write('ONE', forged.indexOf('one line'));
    for (const required of [true, false]) {
      const source = async () => ({ ...testKey, signatures: { keys: [written.signer], required } });
      const reading = gather(decryptBytes(inPieces(messageAround(forged), 64), source, { signal }));
      await expect(reading).rejects.toMatchObject({
        code: 'wrong-signature',
        message: expect.stringContaining('7A759C4EDBCE7C37'),
      });
    }
  });

  it('of a hash or a version that is not known is doubtful, and no signature where one is wanted', async () => {
    const at = packets.lastIndexOf(Buffer.from([0x88, 117]));
    for (const [offset, value] of [
      [2, 3],
      [5, 99],
    ] as const) {
      const odd = Buffer.from(packets);
      odd[at + offset] = value;
      expect(await judged(odd, [written.signer], false)).toEqual(['doubtful-signature']);
      await expect(judged(odd, [written.signer])).rejects.toMatchObject({ code: 'missing-signature' });
    }
  });

  it('that comes before what it signs, as in old messages, is good too', async () => {
    const at = packets.lastIndexOf(Buffer.from([0x88, 117]));
    const old = Buffer.concat([packets.subarray(at), packets.subarray(onePassBytes, at)]);
    expect(await judged(old, [written.signer])).toEqual([]);
  });

  it('a hundred times over costs no hundred hashes', async () => {
    const [onePass, rest] = [packets.subarray(0, onePassBytes), packets.subarray(onePassBytes)];
    const signature = packets.subarray(packets.lastIndexOf(Buffer.from([0x88, 117])));
    const many = Buffer.concat([
      ...Array<Buffer>(100).fill(onePass),
      rest,
      ...Array<Buffer>(99).fill(signature),
    ]);
    const found = await judged(many, [written.signer], true, 1 << 20);
    expect(found).toEqual(Array(16).fill('doubtful-signature'));
  });
});

it('a signature over text of many pieces is good, also where a piece ends between CR and LF', async () => {
  const { keyring, publicKeys, secretKeys } = await keyringWith('ops@example.org');
  const signingKeys = await openpgp.readPrivateKey({ armoredKey: secretKeys[0] ?? '' });
  for (const text of [`x${'\r\n'.repeat(150_000)}end`, `${'one\ntwo\r\n'.repeat(40_000)}\n`]) {
    const message = await openpgp.createMessage({ text });
    // The text as it is, so that its line ends are this test's.
    const detached = await openpgp.sign({ message, signingKeys, detached: true, format: 'binary' });
    const signature = Buffer.from(detached as unknown as Uint8Array);
    const packets = Buffer.concat([signature, literal(text)]);
    const source = async () => ({ ...testKey, signatures: { keys: publicKeys, required: true } });
    const reading = decryptBytes(inPieces(messageAround(packets), 1 << 17), source, { signal });
    expect((await gather(reading)).toString()).toBe(text);
  }
  expect(await keyring.list()).toHaveLength(1);
});

it('nothing is signed by a key that cannot sign', async () => {
  const { publicKeys: recipients } = await keyringWith('ops@example.org');
  const signing = { armored: written.certifier, passphrase: '' };
  const writing = gather(encryptBytes(streamOf('x'), { recipients, compress: true, signing, signal }));
  await expect(writing).rejects.toMatchObject({
    code: 'no-secret-key',
    message: expect.stringMatching(/^The key [0-9A-F]{40} cannot sign: /),
  });
});
