import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extendKey } from '../../../src/core/keys/extendKey.ts';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { type GnuPGHome, gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { ask } = testTask();
const yearMs = 365 * 86_400_000;
const noPassphrase = ['--pinentry-mode', 'loopback', '--passphrase', ''];
/** gpg takes the later of two signatures, and knows seconds: what is extended was not made in this one. */
const anHourAgo = new Date(Date.now() - 3_600_000).toISOString().replace(/[-:]|\.\d+Z/g, '');
const earlier = [...noPassphrase, '--faked-system-time', anHourAgo];

/** Ada's key: to sign, with subkeys to encrypt (for a day), to log in, and a revoked one; and a user id that is revoked. */
async function manifoldKey(gpg: GnuPGHome): Promise<string> {
  await gpg(...earlier, '--quick-gen-key', 'Ada <ada@example.org>', 'ed25519', 'sign', '1d');
  const [, fingerprint = ''] = /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys')) ?? [];
  for (const [kind = '', use = '', life = ''] of [
    ['cv25519', 'encr', '1d'],
    ['ed25519', 'auth', 'never'],
    ['ed25519', 'sign', '1d'],
    ['cv25519', 'encr', 'never'],
  ]) {
    await gpg(...earlier, '--quick-add-key', fingerprint, kind, use, life);
  }
  await gpg(...earlier, '--quick-add-uid', fingerprint, 'Old <old@example.org>');
  await gpg(...earlier, '--quick-revoke-uid', fingerprint, 'Old <old@example.org>');
  execFileSync('gpg', ['--no-tty', '--quiet', ...earlier, '--command-fd', '0', '--edit-key', fingerprint], {
    env: gpg.environment,
    input: 'key 4\nrevkey\ny\n0\n\ny\nsave\n',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return fingerprint;
}

/** `ssb` and `uid` records with what extending must not touch: kind, validity, key id, uses. */
async function facts(gpg: GnuPGHome): Promise<string[]> {
  const listed = await gpg('--with-colons', '--fixed-list-mode', '--list-secret-keys');
  return listed
    .split('\n')
    .filter((line) => /^(sec|ssb|uid):/.test(line))
    .map((line) => line.split(':'))
    .map(([type, validity = '', , , id, , , , , user, , uses]) =>
      [type, validity === 'r' ? 'r' : '-', id, user, uses].join(' '),
    );
}

async function expiries(gpg: GnuPGHome): Promise<Map<string, number>> {
  const listed = await gpg('--with-colons', '--fixed-list-mode', '--list-secret-keys');
  const keys = listed.split('\n').filter((line) => /^(sec|ssb):/.test(line));
  return new Map(keys.map((line) => [line.split(':')[4] ?? '', Number(line.split(':')[6]) * 1000]));
}

describe.skipIf(!hasProgram('gpg'))('a key that lives on', () => {
  it('keeps all else that gpg knows of it: what each part is for, and what is revoked', async () => {
    const gpg = await gnupgHome();
    const fingerprint = await manifoldKey(gpg);
    const before = await facts(gpg);
    expect(before.filter((line) => line.includes(' r '))).toHaveLength(2);
    const keyring = openKeyring(await scratchFolder());
    const armored = await gpg(...noPassphrase, '--armor', '--export-secret-keys', fingerprint);
    const [key] = await keyring.import(Buffer.from(armored));
    const extended = await extendKey(keyring, key!, '1y', new Date(), ask);
    const { expires, canEncrypt, revoked, subkeys } = extended.info;
    expect(Math.abs(Date.parse(expires ?? '') - Date.now() - yearMs)).toBeLessThan(60_000);
    expect([canEncrypt, revoked]).toEqual([true, false]);
    expect(subkeys.map(({ uses }) => uses.join())).toEqual(['encrypt', 'authenticate', 'sign', '']);
    expect(subkeys.map((subkey) => subkey.revoked)).toEqual([false, false, false, true]);

    const path = join(await scratchFolder(), 'extended.asc');
    writeFileSync(path, await keyring.export(extended, true));
    const other = await gnupgHome();
    // One gpg that never saw it, and the one that has it already.
    for (const home of [other, gpg]) {
      await home('--import', path);
      expect(await facts(home)).toEqual(before);
      const times = [...(await expiries(home)).values()];
      const [whole, encrypting, login, signing] = times;
      for (const time of [whole, encrypting, signing])
        expect(Math.abs((time ?? 0) - Date.now() - yearMs)).toBeLessThan(60_000);
      expect(login).toBe(0);
    }
  });

  it('may be one that has expired, and may live for ever', async () => {
    const gpg = await gnupgHome();
    const made = ['--faked-system-time', '20240101T000000', '--quick-gen-key'];
    await gpg(...noPassphrase, ...made, 'Ada <ada@example.org>', 'default', 'default', '1d');
    const keyring = openKeyring(await scratchFolder());
    const armored = await gpg(...noPassphrase, '--armor', '--export-secret-keys');
    const [expired] = await keyring.import(Buffer.from(armored));
    expect(expired?.info.expires).toBe('2024-01-02T00:00:00.000Z');
    const extended = await extendKey(keyring, expired!, '30d', new Date(), ask);
    expect(Date.parse(extended.info.expires ?? '')).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const forEver = await extendKey(keyring, extended, 'never', new Date(), ask);
    expect(forEver.info).toMatchObject({ expires: null, canEncrypt: true });
  });

  it('is none that is revoked, nor one without its primary half', async () => {
    const gpg = await gnupgHome();
    const fingerprint = await manifoldKey(gpg);
    const keyring = openKeyring(await scratchFolder());
    const armored = await gpg(...noPassphrase, '--armor', '--export-secret-subkeys', fingerprint);
    const [stub] = await keyring.import(Buffer.from(armored));
    await expect(extendKey(keyring, stub!, '1y', new Date(), ask)).rejects.toMatchObject({
      code: 'no-secret-key',
      message: expect.stringContaining('primary key'),
    });
    execFileSync(
      'gpg',
      [
        '--no-tty',
        '--quiet',
        '--command-fd',
        '0',
        '--output',
        join(gpg.folder, 'rev'),
        '--gen-revoke',
        fingerprint,
      ],
      {
        env: gpg.environment,
        input: 'y\n0\n\ny\n',
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    await gpg('--import', join(gpg.folder, 'rev'));
    const whole = await gpg(...noPassphrase, '--armor', '--export-secret-keys', fingerprint);
    const other = openKeyring(await scratchFolder());
    const [revoked] = await other.import(Buffer.from(whole));
    await expect(extendKey(other, revoked!, '1y', new Date(), ask)).rejects.toMatchObject({
      code: 'revoked-recipient',
    });
    expect((await other.list())[0]?.info.revoked).toBe(true);
  });
});
