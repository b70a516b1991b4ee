import { describe, expect, it } from 'vitest';
import type { KeyInfo } from '../../../src/core/service.ts';
import { isGrave, keyProblems } from '../../../src/editor/views/keyProblems.ts';

const now = new Date('2026-11-23T12:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();

const key = (facts: Partial<KeyInfo> = {}): KeyInfo => ({
  fingerprint: 'A'.repeat(40),
  userIds: ['Ops <ops@example.org>'],
  algorithm: 'rsa4096',
  created: inDays(-100),
  expires: null,
  revoked: false,
  canEncrypt: true,
  secret: true,
  subkeys: [],
  source: 'keyring',
  ...facts,
});

describe('what needs attention about a key', () => {
  it.each<[string, Partial<KeyInfo>, boolean, string[]]>([
    ['nothing of a good one', {}, true, []],
    ['nothing of another’s that nothing is encrypted to', { secret: false, expires: inDays(-1) }, false, []],
    ['that it expires within thirty days', { expires: inDays(29) }, false, ['expires-soon']],
    ['not that it expires later', { expires: inDays(31) }, true, []],
    ['that it has expired', { expires: inDays(-1), canEncrypt: false }, true, ['expired']],
    ['that it is revoked', { revoked: true, canEncrypt: false }, true, ['revoked']],
    ['that a recipient cannot be encrypted to', { canEncrypt: false }, true, ['sign-only']],
    ['not that a key of one’s own only signs', { canEncrypt: false }, false, []],
    ['that a recipient’s secret half is elsewhere', { secret: false }, true, ['no-secret']],
    ['that no copy of it is anywhere else', { neverExported: true }, false, ['never-exported']],
    ['both where both are so', { secret: false, expires: inDays(3) }, true, ['expires-soon', 'no-secret']],
  ])('%s', (_name, facts, mine, expected) => {
    expect(keyProblems(key(facts), mine, now)).toEqual(expected);
  });

  it('is not that an escrow key is held by somebody else, where another recipient opens the backups', () => {
    expect(keyProblems(key({ secret: false }), true, now, true)).toEqual([]);
    expect(keyProblems(key({ secret: false, expires: inDays(3) }), true, now, true)).toEqual([
      'expires-soon',
    ]);
  });

  it('is grave where nothing can be encrypted to it any more', () => {
    expect((['revoked', 'expired', 'sign-only'] as const).every(isGrave)).toBe(true);
    expect((['expires-soon', 'no-secret'] as const).some(isGrave)).toBe(false);
  });
});
