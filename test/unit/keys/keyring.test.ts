import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { generateKey, readKey, type SecretKeyPacket } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { unlockedWith } from '../../../src/core/keys/unlock.ts';
import { keyringWith } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const owner = {
  name: 'Ops',
  email: 'ops@example.org',
  algorithm: 'ecc',
  expires: 'never',
  passphrase: '',
} as const;

describe('a keyring', () => {
  it('is empty before it is used, and makes no folder for that', async () => {
    const home = await scratchFolder();
    expect(await openKeyring(home).list()).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
  });

  it('makes keys as they are asked for, in private files', async () => {
    const home = await scratchFolder();
    const keyring = openKeyring(home);
    const before = Date.now();
    const { info, keyIds } = await keyring.generate({
      ...owner,
      name: 'Zażółć Gęślą',
      comment: 'backups',
      expires: '30d',
      passphrase: 'secret',
    });
    expect(info).toMatchObject({
      userIds: ['Zażółć Gęślą (backups) <ops@example.org>'],
      algorithm: 'cv25519',
      revoked: false,
      canEncrypt: true,
      secret: true,
      locked: true,
      source: 'keyring',
    });
    expect(info.fingerprint).toMatch(/^[0-9A-F]{40}$/);
    expect(keyIds[0]).toBe(info.fingerprint.slice(-16));
    expect(Math.abs(Date.parse(info.expires ?? '') - before - 30 * 86_400_000)).toBeLessThan(60_000);
    const folder = join(home, 'keyring');
    expect(readdirSync(folder).sort()).toEqual(
      ['asc', 'new', 'rev'].map((ending) => `${info.fingerprint}.${ending}`),
    );
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(await openKeyring(home).list()).toEqual(await keyring.list());
  });

  it.each([
    ['no name', { name: ' ' }],
    ['a name with a bracket', { name: 'Eve <admin@example.org>' }],
    ['a name with a line break', { name: 'Eve\nuid' }],
    ['no e-mail address', { email: 'ops' }],
    ['an e-mail address with a blank', { email: 'ops @example.org' }],
    ['an e-mail address whose domain is one letter', { email: 'ops@x' }],
    ['an e-mail address that ends in a dot', { email: 'ops@example.org.' }],
    ['an e-mail address with a backslash', { email: 'ops\\@example.org' }],
    ['a comment with a bracket', { comment: 'a) <b' }],
    ['a period that is none', { expires: 'soon' }],
  ])('refuses %s', async (_what, change) => {
    const keyring = openKeyring(await scratchFolder());
    await expect(keyring.generate({ ...owner, ...change })).rejects.toMatchObject({ code: 'usage' });
  });

  it('finds keys as GnuPG does', async () => {
    const { keyring, keys } = await keyringWith('ops@example.org', 'devops@example.org');
    const [ops, devops] = keys;
    const found = async (query: string) => (await keyring.find(query)).map(({ info }) => info.userIds[0]);
    const fingerprint = ops?.info.fingerprint ?? '';
    const subkey = ops?.keyIds[1] ?? '';
    for (const query of [
      'ops@example.org',
      ' OPS@example.org ',
      '<ops@example.org>',
      'Ops <ops@example.org>',
      '=Ops <ops@example.org>',
      fingerprint,
      fingerprint.toLowerCase(),
      fingerprint.replace(/(.{4})/g, '$1 '),
      `0x${fingerprint}`,
      fingerprint.slice(-16),
      `0x${fingerprint.slice(-8)}`,
      subkey,
      `0x${subkey}!`,
    ])
      expect(await found(query), query).toEqual(['Ops <ops@example.org>']);
    expect(await found('devops')).toEqual([devops?.info.userIds[0]]);
    expect(await found('example.org')).toHaveLength(2);
    expect(await found('nobody@example.org')).toEqual([]);
    expect(await found('')).toEqual([]);
  });

  it('takes keys armored and binary, several in one, with other text between them', async () => {
    const { publicKeys, secretKeys } = await keyringWith('a@example.org', 'b@example.org');
    const binary = await Promise.all(
      publicKeys.map(async (armoredKey) => (await readKey({ armoredKey })).write()),
    );
    for (const data of [
      Buffer.from(publicKeys.join('')),
      Buffer.from(`Hello,\n\n${publicKeys.join('\r\nand\r\n')}\nregards`),
      Buffer.from(publicKeys.join('').replaceAll('\n', '\r\n')),
      Buffer.concat(binary),
      Buffer.from(secretKeys[0] + (publicKeys[1] ?? '')),
    ]) {
      const keyring = openKeyring(await scratchFolder());
      expect(await keyring.import(data)).toHaveLength(2);
      expect(await keyring.list()).toHaveLength(2);
      expect(keyring.warnings).toEqual([]);
    }
  });

  it('takes armor that lost its line breaks to a box of one line, with headers and without', async () => {
    const { publicKeys, secretKeys, keys } = await keyringWith('ops@example.org', 'other@example.org');
    const headed = (publicKeys[0] ?? '').replace(/\r?\n\r?\n/, '\nVersion: GnuPG v2\nComment: to paste\n\n');
    for (const text of [`${publicKeys[0]}`, headed, `${headed}\n${secretKeys[1]}`]) {
      const taken = await openKeyring(await scratchFolder()).import(
        Buffer.from(text.trim().replace(/\r\n|\r|\n/g, ' ')),
      );
      expect(taken.map(({ info }) => info.fingerprint)).toEqual(
        keys.slice(0, taken.length).map(({ info }) => info.fingerprint),
      );
    }
  });

  it('takes the good keys of a file, and says how many it could not read', async () => {
    const { publicKeys } = await keyringWith('a@example.org', 'b@example.org');
    const [first, second] = await Promise.all(
      publicKeys.map(async (armoredKey) => Buffer.from((await readKey({ armoredKey })).write())),
    );
    const version3 = Buffer.from([0x99, 0, 12, 3, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1]);
    for (const damaged of [version3, first?.subarray(0, 40) ?? version3]) {
      const keyring = openKeyring(await scratchFolder());
      expect(await keyring.import(Buffer.concat([second ?? version3, damaged]))).toHaveLength(1);
      if (damaged === version3) expect(keyring.warnings).toMatchObject([{ code: 'unreadable-key' }]);
    }
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['an armor of something else', '-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n'],
    ['an armor that is cut off', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxjMEZ'],
    [
      'an armor of rubbish',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n',
    ],
  ])('takes no keys from %s', async (_what, text) => {
    const home = await scratchFolder();
    await expect(openKeyring(home).import(Buffer.from(text))).rejects.toMatchObject({ code: 'not-a-key' });
    expect(existsSync(join(home, 'keyring'))).toBe(false);
  });

  it('brings halves together, whichever comes first, and keeps the secret one', async () => {
    const { publicKeys, secretKeys } = await keyringWith('ops@example.org:secret');
    const [open, secret] = [Buffer.from(publicKeys[0] ?? ''), Buffer.from(secretKeys[0] ?? '')];
    for (const order of [
      [open, secret],
      [secret, open],
      [secret, secret, open, open],
    ]) {
      const keyring = openKeyring(await scratchFolder());
      for (const half of order) await keyring.import(half);
      expect((await keyring.list()).map(({ info }) => info.secret)).toEqual([true]);
      const [key] = await keyring.list();
      const { passphrase } = await unlockedWith(
        key as never,
        testTask({ passphrase: async () => 'secret' }).ask,
      );
      expect(passphrase).toBe('secret');
    }
  });

  it('stays whole when a public half brings a subkey that its secret half has not', async () => {
    const { secretKeys } = await keyringWith('ops@example.org');
    const { privateKey } = await generateKey({
      userIDs: [{ name: 'Two', email: 'two@example.org' }],
      subkeys: [{}, {}],
      format: 'object',
    });
    const less = await readKey({ binaryKey: privateKey.write() });
    less.subkeys = less.subkeys.slice(0, 1);
    const keyring = openKeyring(await scratchFolder());
    await keyring.import(Buffer.from(less.write()));
    await keyring.import(Buffer.from(privateKey.toPublic().write()));
    expect(keyring.warnings).toMatchObject([{ code: 'new-subkey' }]);
    const [key] = await keyring.list();
    expect(key?.keyIds).toHaveLength(2);
    expect(key?.info.secret).toBe(true);
    // With the secret half of the new subkey it is taken, though there was a secret half before.
    await keyring.import(Buffer.from(privateKey.write()));
    expect((await keyring.list())[0]?.keyIds).toHaveLength(3);
    expect(secretKeys).toHaveLength(1);
  });

  it('does not take a stub for a secret key', async () => {
    const { privateKey } = await generateKey({ userIDs: [{ email: 'card@example.org' }], format: 'object' });
    for (const { keyPacket } of [privateKey, ...privateKey.subkeys])
      (keyPacket as SecretKeyPacket).makeDummy();
    const keyring = openKeyring(await scratchFolder());
    const [key] = await keyring.import(Buffer.from(privateKey.write()));
    expect(key?.info.secret).toBe(false);
  });

  it('says of a key whether GnuPG 2.2 can import it', async () => {
    const keyring = openKeyring(await scratchFolder());
    const { publicKey } = await generateKey({
      type: 'curve25519',
      userIDs: [{ email: 'new@example.org' }],
      format: 'armored',
    });
    const [modern] = await keyring.import(Buffer.from(publicKey));
    expect(modern?.forGnuPG).toBe(false);
    expect(modern?.info.notForGnuPG).toBe(true);
    expect((await keyring.generate(owner)).forGnuPG).toBe(true);
  });

  it('names a damaged file and works without it', async () => {
    const home = await scratchFolder();
    const { info } = await openKeyring(home).generate(owner);
    writeFileSync(join(home, 'keyring', 'rubbish.asc'), 'rubbish', { mode: 0o600 });
    mkdirSync(join(home, 'keyring', 'folder.asc'));
    const keyring = openKeyring(home);
    expect((await keyring.list()).map((key) => key.info.fingerprint)).toEqual([info.fingerprint]);
    expect(keyring.warnings).toMatchObject([
      { code: 'damaged-key', message: expect.stringContaining(join(home, 'keyring', 'rubbish.asc')) },
    ]);
  });

  it.skipIf(process.platform === 'win32')('tightens what others can read, and says so', async () => {
    const home = await scratchFolder();
    const { info } = await openKeyring(home).generate(owner);
    const folder = join(home, 'keyring');
    const file = join(folder, `${info.fingerprint}.asc`);
    chmodSync(folder, 0o755);
    chmodSync(file, 0o644);
    const keyring = openKeyring(home);
    await keyring.list();
    expect(keyring.warnings.map(({ code }) => code)).toEqual(['loose-permissions', 'loose-permissions']);
    expect([folder, file].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    await keyring.list();
    expect(keyring.warnings).toHaveLength(2);
  });

  it('lists a key once that lies there twice, and deletes all of it', async () => {
    const home = await scratchFolder();
    const { info } = await openKeyring(home).generate(owner);
    const folder = join(home, 'keyring');
    copyFileSync(join(folder, `${info.fingerprint}.asc`), join(folder, 'by-hand.asc'));
    const keyring = openKeyring(home);
    const [key, ...more] = await keyring.list();
    expect(more).toEqual([]);
    await keyring.delete(key as never);
    expect(await keyring.list()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('exports a secret half only where there is one', async () => {
    const { publicKeys } = await keyringWith('ops@example.org');
    const keyring = openKeyring(await scratchFolder());
    const [key] = await keyring.import(Buffer.from(publicKeys[0] ?? ''));
    await expect(keyring.export(key as never, true)).rejects.toMatchObject({ code: 'no-secret-key' });
  });
});
