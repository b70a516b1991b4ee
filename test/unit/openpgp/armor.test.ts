import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dearmor, isArmored } from '../../../src/core/openpgp/armor.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { armored } from '../../support/pgp.ts';

const content = randomBytes(1000);

describe('an armor', () => {
  it.each([1, 2, 3, 7, 64, 65, 1 << 16])('is opened whatever its pieces: %i bytes', async (size) => {
    for (const length of [0, 1, 2, 3, 46, 47, 48, 49, 1000]) {
      const bytes = content.subarray(0, length);
      expect((await gather(dearmor(inPieces(armored(bytes), size)))).equals(bytes), `${length} bytes`).toBe(
        true,
      );
    }
  });

  it.each([
    ['Windows line ends', { lineEnd: '\r\n' }],
    ['header lines', { headers: 'Version: GnuPG v1\nComment: nothing\n' }],
    ['no checksum', { checksum: '' }],
    ['lines that end in blanks', { lineEnd: ' \n' }],
  ])('is opened with %s', async (_what, options) => {
    expect((await gather(dearmor(inPieces(armored(content, options), 10)))).equals(content)).toBe(true);
  });

  it('is known by its first bytes, blank lines and a byte order mark before it', () => {
    expect(isArmored(armored(content))).toBe(true);
    expect(isArmored(Buffer.concat([Buffer.from('\uFEFF\r\n\n'), armored(content)]))).toBe(true);
    expect(isArmored(Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----'))).toBe(false);
    expect(isArmored(content)).toBe(false);
  });

  it('is damaged when cut off anywhere', async () => {
    const whole = armored(content).toString().trimEnd();
    for (let length = 0; length < whole.length; length += 13) {
      await expect(gather(dearmor(streamOf(whole.slice(0, length)))), `${length}`).rejects.toMatchObject({
        code: 'damaged',
      });
    }
  });

  it.each([
    ['text behind its end', (text: string) => `${text}regards`],
    ['another armor behind its end', (text: string) => text + text],
    ['a letter that is no digit', (text: string) => text.replace(/\n(.{10})./, '\n$1*')],
    ['a digit lost', (text: string) => text.replace(/\n(.{10})./, '\n$1')],
    ['padding in the middle', (text: string) => text.replace(/\n(.{10})../, '\n$1==')],
    ['another last line', (text: string) => text.replace('END PGP MESSAGE', 'END PGP SIGNATURE')],
  ])('is damaged with %s', async (_what, change) => {
    const text = change(armored(content).toString());
    for (const size of [11, 1 << 16]) {
      await expect(gather(dearmor(inPieces(Buffer.from(text), size)))).rejects.toMatchObject({
        code: 'damaged',
      });
    }
  });

  it('is not read for ever when its headers do not end', async () => {
    let given = 0;
    async function* endless() {
      yield Buffer.from('-----BEGIN PGP MESSAGE-----\n');
      for (; given < 100; given++) yield Buffer.alloc(4096, 0x61);
    }
    await expect(gather(dearmor(endless()))).rejects.toMatchObject({ code: 'damaged' });
    expect(given).toBeLessThan(10);
  });
});
