import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Hmac } from '../../../src/core/sqlite/mask/hmac.ts';

describe('HMAC', () => {
  it('is the one of RFC 4231, test case 2', () => {
    const digest = new Hmac(Buffer.from('Jefe')).digest(
      Buffer.from('what do ya want '),
      Buffer.from('for nothing?'),
    );
    expect(digest.toString('hex')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  it('is node’s own for every length', () => {
    for (let length = 0; length < 300; length++) {
      const [secret, message] = [randomBytes(1 + (length % 64)), randomBytes(length)];
      const expected = createHmac('sha256', secret).update(message).digest('hex');
      expect(new Hmac(secret).digest(message).toString('hex')).toBe(expected);
    }
  });
});
