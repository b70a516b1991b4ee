import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import type { GnuPG } from '../../../src/core/keys/gnupg.ts';
import { exportToGnuPG, importFromGnuPG, requireGnuPG } from '../../../src/core/keys/gnupgExchange.ts';
import type { GnuPgKey } from '../../../src/core/keys/gnupgList.ts';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { listKeys } from '../../../src/core/keys/listKeys.ts';
import type { PassphraseQuestion } from '../../../src/core/task.ts';
import { keyringWith } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

/** A key as GnuPG lists it. */
function listed(fingerprint: string, more: Partial<GnuPgKey['info']> = {}): GnuPgKey {
  const info: GnuPgKey['info'] = {
    fingerprint,
    userIds: ['Ops <ops@example.org>'],
    algorithm: 'cv25519',
    created: '2023-11-14T22:13:20.000Z',
    expires: null,
    revoked: false,
    canEncrypt: true,
    secret: true,
    subkeys: [],
    source: 'gnupg',
    ...more,
  };
  return { info, keyIds: [fingerprint.slice(-16)] };
}

const gnupgWith = (keys: GnuPgKey[], more: Partial<GnuPG> = {}): GnuPG =>
  ({ list: async () => keys, ...more }) as unknown as GnuPG;

const A = 'A'.repeat(40);
const B = 'B'.repeat(40);

it('is missed by name where there is no gpg', () => {
  const gnupg = gnupgWith([]);
  expect(requireGnuPG(gnupg)).toBe(gnupg);
  expect(() => requireGnuPG(undefined)).toThrow(
    expect.objectContaining({ code: 'failed', message: expect.stringContaining('no gpg') }),
  );
});

describe('a key out of GnuPG', () => {
  const from = async (gnupg: GnuPG, secret: boolean, answers: (string | undefined)[] = []) => {
    const asked: PassphraseQuestion[] = [];
    const { ask } = testTask({
      passphrase: async (question) => {
        asked.push(question);
        return answers.shift();
      },
    });
    const keyring = openKeyring(await scratchFolder());
    return { asked, taken: importFromGnuPG('ops@example.org', secret, { keyring, gnupg, ask }) };
  };

  it.each([
    ['that is not there', [], false, 'no-such-file', 'ops@example.org'],
    ['that is one of two', [listed(A), listed(B)], false, 'ambiguous-recipient', `${A}, ${B}`],
    ['whose secret half is elsewhere', [listed(A, { secret: false })], true, 'no-secret-key', A],
  ])('%s is refused', async (_what, keys, secret, code, words) => {
    const { taken } = await from(gnupgWith(keys), secret);
    await expect(taken).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('comes with its secret half, under a passphrase that is asked for until it is right', async () => {
    const { secretKeys, keys } = await keyringWith('ops@example.org');
    const fingerprint = keys[0]!.info.fingerprint;
    const exportSecret = async (_fingerprint: string, passphrase?: string) => {
      if (passphrase === 'right') return secretKeys[0]!;
      throw new BackupError('failed', 'gpg gave no secret key: Bad passphrase');
    };
    const gnupg = gnupgWith([listed(fingerprint, { userIds: [] })], { exportSecret });
    const keyring = openKeyring(await scratchFolder());
    const asked: PassphraseQuestion[] = [];
    const answers = ['wrong', 'right'];
    const { ask } = testTask({
      passphrase: async (question) => {
        asked.push(question);
        return answers.shift();
      },
    });
    const [taken] = await importFromGnuPG(fingerprint, true, { keyring, gnupg, ask });
    expect(taken?.info).toMatchObject({ fingerprint, secret: true });
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(asked[0]).toMatchObject({ kind: 'key', fingerprint, userId: undefined });
    await expect(importFromGnuPG(fingerprint, true, { keyring, gnupg, ask })).rejects.toMatchObject({
      code: 'passphrase-needed',
      message: expect.stringContaining(fingerprint),
    });
  });

  it('that gpg does not give for another reason is not asked about', async () => {
    const exportSecret = async () => {
      throw new BackupError('failed', 'gpg gave no secret key: no agent');
    };
    const { asked, taken } = await from(gnupgWith([listed(A)], { exportSecret }), true);
    await expect(taken).rejects.toThrow('no agent');
    expect(asked).toEqual([]);
  });
});

it('gives and takes public halves without asking', async () => {
  const { keyring: theirs, keys, publicKeys } = await keyringWith('ops@example.org:secret');
  const fingerprint = keys[0]!.info.fingerprint;
  const exportPublic = async () => publicKeys[0]!;
  const taken: string[] = [];
  const gnupg = gnupgWith([listed(fingerprint)], {
    exportPublic,
    import: async (armored: string) => void taken.push(armored),
  });
  const keyring = openKeyring(await scratchFolder());
  const [key] = await importFromGnuPG('ops@example.org', false, { keyring, gnupg, ask: testTask().ask });
  expect(key?.info).toMatchObject({ fingerprint, secret: false });
  await exportToGnuPG(keys[0]!, false, { keyring: theirs, gnupg });
  expect(taken[0]).toContain('PUBLIC KEY BLOCK');
  const list = await listKeys(keyring, gnupg);
  expect(list.keys).toMatchObject([{ fingerprint, secret: true, source: 'both' }]);
});

it('is given no key that it cannot read', async () => {
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ email: 'new@example.org' }],
    config: { v6Keys: true },
    format: 'armored',
  });
  const keyring = openKeyring(await scratchFolder());
  const [key] = await keyring.import(Buffer.from(privateKey));
  const taken: string[] = [];
  const gnupg = gnupgWith([], { import: async (armored: string) => void taken.push(armored) });
  await expect(exportToGnuPG(key!, true, { keyring, gnupg })).rejects.toMatchObject({
    code: 'not-for-gnupg',
    hint: expect.stringContaining('make a key here'),
  });
  expect(taken).toEqual([]);
});

describe('the list of all keys', () => {
  it('has a key that is in both once, with the secret half of either', async () => {
    const { keyring, keys } = await keyringWith('ops@example.org');
    const own = keys[0]!.info;
    const list = await listKeys(keyring, gnupgWith([listed(own.fingerprint, { secret: false }), listed(B)]));
    expect(list.keys.map(({ fingerprint, source, secret }) => [fingerprint, source, secret])).toEqual([
      [B, 'gnupg', true],
      [own.fingerprint, 'both', true],
    ]);
  });

  it.each([
    [new BackupError('failed', 'gpg broke', 'Mend it.'), { message: 'gpg broke', hint: 'Mend it.' }],
    [new BackupError('failed', 'gpg broke'), { message: 'gpg broke' }],
  ])('is there where gpg fails, with why', async (error, told) => {
    const { keyring } = await keyringWith('ops@example.org');
    const gnupg = gnupgWith([], { list: () => Promise.reject(error) });
    const list = await listKeys(keyring, gnupg);
    expect(list.keys).toHaveLength(1);
    expect(list.warnings).toEqual([{ code: 'gnupg-failed', ...told }]);
  });

  it('does not hide a mistake of ours', async () => {
    const { keyring } = await keyringWith('ops@example.org');
    const gnupg = gnupgWith([], { list: () => Promise.reject(new TypeError('odd')) });
    await expect(listKeys(keyring, gnupg)).rejects.toThrow(TypeError);
    expect(await listKeys(keyring, undefined)).toMatchObject({ gnupg: false, keys: [{ source: 'keyring' }] });
  });
});
