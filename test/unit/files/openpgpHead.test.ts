import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isEncryptedFile } from '../../../src/core/files/openpgpHead.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import { gather, streamOf } from '../../support/bytes.ts';
import { keyringWith } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function isEncrypted(content: Uint8Array | string): Promise<boolean> {
  const path = join(await scratchFolder(), 'file');
  await writeFile(path, content);
  return isEncryptedFile(path);
}

test('an encrypted message is known by its first packet, armored or not', async () => {
  const { publicKeys } = await keyringWith('ops@example.org');
  const { signal } = new AbortController();
  const options = { recipients: publicKeys, compress: true, signal };
  expect(await isEncrypted(await gather(encryptBytes(streamOf(Buffer.from('text')), options)))).toBe(true);
  for (const bytes of [
    [0x85, 0x01, 0x0c, 0x03],
    [0x84, 0x5e, 0x03],
    [0x8c, 0x0d, 0x04, 0x09],
    [0xc1, 0x5e, 0x03],
    [0xc1, 0xc1, 0x4c, 0x03],
    [0xc3, 0x2e, 0x04],
    [0xca, 0x03, 0x50, 0x47, 0x50, 0xc1],
  ])
    expect(await isEncrypted(Buffer.from(bytes)), String(bytes)).toBe(true);
  expect(await isEncrypted('-----BEGIN PGP MESSAGE-----\n\n')).toBe(true);
});

test.each([
  'SQLite format 3\0',
  'BEGIN TRANSACTION;',
  'été/photo.jpg',
  'Ärzte/liste.pdf',
  'ïle.txt',
  'ó',
  '\u00c3',
  '-----BEGIN PGP PUBLIC KEY BLOCK-----',
  '',
])('%j is none', async (text) => {
  expect(await isEncrypted(text)).toBe(false);
});

test.each([
  [[0x1f, 0x8b, 8]],
  [[0x50, 0x4b, 3, 4]],
  [[0x87, 3, 3]],
  [[0xc1, 0xe5, 3]],
  [[0xca, 3, 0x50, 0x48, 0x50]],
])('bytes %j are none', async (bytes) => {
  expect(await isEncrypted(Buffer.from(bytes))).toBe(false);
});
