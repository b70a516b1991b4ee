import { expect, it } from 'vitest';
import { type KitFacts, recoveryKit, recoveryKitPage } from '../../../src/core/keys/recoveryKit.ts';

const facts: KitFacts = {
  fingerprint: 'AAAABBBBCCCCDDDDEEEEFFFF0000111122223333',
  userIds: ['Ops <ops@example.org>', 'Night <night@example.org>'],
  secretKey: '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nabc\n-----END PGP PRIVATE KEY BLOCK-----\n',
  revocationCertificate: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nrev\n-----END PGP PUBLIC KEY BLOCK-----\n',
  locked: true,
  date: '2026-11-28T00:00:00.000Z',
};

it('warns where no passphrase guards the key, and says where that is kept elsewhere', () => {
  expect(recoveryKit(facts)).toContain('The passphrase is not in here.');
  const open = recoveryKit({ ...facts, locked: false });
  expect(open).toContain('THIS KEY HAS NO PASSPHRASE.');
  expect(open).not.toContain('The passphrase is not in here.');
});

it('names a key by its address, or by its fingerprint where it has no user id', () => {
  expect(recoveryKit(facts)).toContain('SECRET KEY of ops@example.org\n');
  expect(recoveryKit({ ...facts, userIds: [] })).toContain(`SECRET KEY of ${facts.fingerprint}\n`);
});

it('holds a revocation that nothing takes in by itself, where there is one', () => {
  expect(recoveryKit(facts)).toContain('\n:-----BEGIN PGP PUBLIC KEY BLOCK-----\n');
  expect(recoveryKit({ ...facts, revocationCertificate: undefined })).not.toContain('REVOCATION');
});

it('is no markup as a page', () => {
  const page = recoveryKitPage({ ...facts, userIds: ['<b>&</b> <ops@example.org>'] });
  expect(page).toContain('&#60;b&#62;&#38;&#60;/b&#62;');
  expect(page).not.toContain('<b>');
});
