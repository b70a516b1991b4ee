import { describe, expect, it } from 'vitest';
import { parseKeyList } from '../../../src/core/keys/gnupgList.ts';

/** As gpg 2.2.40 prints them; the fields of doc/DETAILS. */
const primary = (more: Partial<Record<number, string>> = {}) =>
  record('pub', { 2: 'u', 3: '3072', 4: '1', 5: 'AAAAAAAAAAAAAAAA', 6: '1700000000', 12: 'scESC', ...more });
const subkey = (more: Partial<Record<number, string>> = {}) =>
  record('sub', { 2: 'u', 3: '3072', 4: '1', 5: 'BBBBBBBBBBBBBBBB', 6: '1700000000', 12: 'e', ...more });
const fingerprint = record('fpr', { 10: 'A'.repeat(40) });
const userId = record('uid', { 2: 'u', 10: 'Ops <ops@example.org>' });

function record(type: string, fields: Partial<Record<number, string>>): string {
  const list = Array.from({ length: 20 }, (_, at) => fields[at + 1] ?? '');
  list[0] = type;
  return list.join(':');
}

const parse = (...lines: string[]) => parseKeyList(lines.join('\n'))[0]?.info;

describe("gpg's list of keys", () => {
  it('is read whatever stands around the keys', () => {
    const [key, ...more] = parseKeyList(
      [
        'tru::1:1795453212:0:3:1:5',
        primary(),
        fingerprint,
        userId,
        subkey(),
        record('fpr', { 10: 'B'.repeat(40) }),
        '',
      ].join('\r\n'),
    );
    expect(more).toEqual([]);
    expect(key).toEqual({
      keyIds: ['AAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBB'],
      info: {
        fingerprint: 'A'.repeat(40),
        userIds: ['Ops <ops@example.org>'],
        algorithm: 'rsa3072',
        created: '2023-11-14T22:13:20.000Z',
        expires: null,
        revoked: false,
        canEncrypt: true,
        secret: false,
        subkeys: [
          {
            keyId: 'BBBBBBBBBBBBBBBB',
            algorithm: 'rsa3072',
            created: '2023-11-14T22:13:20.000Z',
            expires: null,
            revoked: false,
            uses: ['encrypt'],
          },
        ],
        source: 'gnupg',
      },
    });
  });

  it('tells when a key expires: itself, or all of its encryption subkeys', () => {
    const early = '1800000000';
    const late = '1900000000';
    const date = (seconds: string) => new Date(Number(seconds) * 1000).toISOString();
    expect(parse(primary({ 7: early }), fingerprint, subkey())?.expires).toBe(date(early));
    expect(parse(primary(), fingerprint, subkey({ 7: early }))?.expires).toBe(date(early));
    expect(parse(primary({ 7: early }), fingerprint, subkey({ 7: late }))?.expires).toBe(date(early));
    expect(parse(primary(), fingerprint, subkey({ 7: early }), subkey({ 7: late }))?.expires).toBe(
      date(late),
    );
    expect(parse(primary(), fingerprint, subkey({ 7: early }), subkey())?.expires).toBe(null);
    const expired = parse(primary({ 12: 'scSC' }), fingerprint, subkey({ 2: 'e', 7: '1700000001' }));
    expect(expired).toMatchObject({ expires: date('1700000001'), canEncrypt: true });
  });

  it.each([
    ['sign-only', [primary({ 12: 'scSC' })]],
    ['one whose encryption subkey is revoked', [primary({ 12: 'scSC' }), subkey({ 2: 'r' })]],
    ['disabled', [primary({ 12: 'scESCD' }), subkey()]],
  ])('tells that nothing can be encrypted to a key that is %s', (_what, lines) => {
    expect(parse(...lines)?.canEncrypt).toBe(false);
  });

  it('tells a revoked key', () => {
    expect(parse(primary({ 2: 'r' }), fingerprint, subkey({ 2: 'r' }))).toMatchObject({ revoked: true });
  });

  it.each([
    ['both halves', '+', '+', true],
    ['a smartcard', 'D2760001240103', 'D2760001240103', true],
    ['an offline primary key', '#', '+', true],
    ['no encryption subkey', '+', '#', false],
  ])('tells where the secret is: %s', (_what, main, sub, expected) => {
    const lines = [primary({ 15: main }), fingerprint, subkey({ 15: sub })];
    const secret = lines.map((line) => line.replace(/^pub/, 'sec').replace(/^sub/, 'ssb'));
    expect(parse(...secret)?.secret).toBe(expected);
  });

  it('reads names with colons and names the curves', () => {
    const odd = record('uid', { 10: 'a\\x3ab \\x5c żółć <o@example.org>' });
    expect(
      parse(primary({ 4: '22', 17: 'ed25519' }), fingerprint, odd, subkey({ 4: '18', 17: 'cv25519' })),
    ).toMatchObject({
      userIds: ['a:b \\ żółć <o@example.org>'],
      algorithm: 'cv25519',
    });
  });
});
