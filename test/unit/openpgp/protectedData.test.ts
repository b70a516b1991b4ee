import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encryptProtected } from '../../../src/core/openpgp/protect.ts';
import {
  decryptProtected,
  isAes,
  opensPrefix,
  prefixBytes,
} from '../../../src/core/openpgp/protectedData.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';

/** The start of encrypted data: a random block, and two bytes of one's own behind it. */
function startWith(algorithm: 7 | 8 | 9, data: Buffer, repeated: (block: Buffer) => Buffer): Buffer {
  const block = randomBytes(16);
  const name = { 7: 'aes-128-cfb', 8: 'aes-192-cfb', 9: 'aes-256-cfb' }[algorithm];
  const cipher = createCipheriv(name, data, Buffer.alloc(16));
  return cipher.update(Buffer.concat([block, repeated(block), randomBytes(10)]));
}

describe('the prefix of encrypted data', () => {
  it.each([7, 8, 9] as const)('shows whether a session key of cipher %i fits', (algorithm) => {
    const data = randomBytes(algorithm * 8 - 40);
    const right = startWith(algorithm, data, (block) => block.subarray(14));
    expect(opensPrefix({ algorithm, data }, right)).toBe(true);
    for (const change of [0, 1]) {
      const wrong = startWith(algorithm, data, (block) => {
        const repeated = Buffer.from(block.subarray(14));
        repeated[change]! ^= 1;
        return repeated;
      });
      expect(opensPrefix({ algorithm, data }, wrong)).toBe(false);
    }
  });

  it('shows nothing where it is not whole, or the cipher is another', () => {
    const data = randomBytes(32);
    const wrong = startWith(9, data, () => Buffer.alloc(2));
    expect(opensPrefix({ algorithm: 9, data }, wrong.subarray(0, prefixBytes - 1))).toBe(true);
    expect(opensPrefix({ algorithm: 2, data }, wrong)).toBe(true);
    expect([2, 7, 8, 9, 10].map((algorithm) => isAes({ algorithm }))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('encrypted data', () => {
  const key = { algorithm: 9, data: randomBytes(32) };

  async function decrypted(body: Uint8Array, size: number): Promise<{ plain: Buffer; intact: number }> {
    let intact = 0;
    const plain = await gather(decryptProtected(inPieces(body, size), key, () => intact++));
    return { plain, intact };
  }

  it('comes back from pieces of any size, and says once that it is whole', async () => {
    for (const length of [0, 1, 3, 15, 16, 17, 1000]) {
      const content = randomBytes(length);
      const body = await gather(encryptProtected(streamOf(content), key));
      expect(body).toHaveLength(1 + prefixBytes + length + 22);
      for (const size of [1, 2, 5, 16, 19, 41, 10_000]) {
        const { plain, intact } = await decrypted(body, size);
        expect(plain.equals(content), `${length} bytes by ${size}`).toBe(true);
        expect(intact).toBe(1);
      }
    }
  });

  it('never says so with a bit changed or a byte lost', async () => {
    const body = await gather(encryptProtected(streamOf(randomBytes(50)), key));
    for (let at = 1; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at]! ^= 1;
      for (const bytes of [changed, body.subarray(0, at)]) {
        let intact = false;
        const reading = gather(
          decryptProtected(inPieces(bytes, 7), key, () => {
            intact = true;
          }),
        );
        await expect(reading, `at ${at}`).rejects.toMatchObject({ code: 'damaged' });
        expect(intact).toBe(false);
      }
    }
  });

  it('is not made by a cipher that is not AES', async () => {
    const other = { algorithm: 2, data: randomBytes(24) };
    await expect(gather(encryptProtected(streamOf('x'), other))).rejects.toThrow('Cipher 2 is not AES.');
  });
});
