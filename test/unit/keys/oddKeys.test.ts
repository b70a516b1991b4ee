import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { parseKeyList } from '../../../src/core/keys/gnupgList.ts';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { withLines } from '../../../src/core/keys/pastedArmor.ts';
import { readKeys } from '../../../src/core/keys/readKeys.ts';
import { resolveRecipients } from '../../../src/core/keys/recipients.ts';
import { opensWith, unlockedWith } from '../../../src/core/keys/unlock.ts';
import { keyringWith } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

describe('what is taken for keys', () => {
  const old = Buffer.from([0xc6, 8, 3, 1, 2, 3, 4, 0, 0, 1]);

  it('is refused where none of it can be read, and says whether there was a key', async () => {
    await expect(readKeys(old)).rejects.toMatchObject({
      code: 'not-a-key',
      message: 'No key in this can be read.',
    });
    const broken =
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n';
    await expect(readKeys(Buffer.from(broken))).rejects.toMatchObject({ code: 'not-a-key' });
    await expect(readKeys(Buffer.from('hello'))).rejects.toMatchObject({
      message: 'This holds no OpenPGP key.',
    });
  });

  it('keeps the readable ones, and says how many are not', async () => {
    const { publicKeys } = await keyringWith('ops@example.org');
    const { data } = await openpgp.unarmor(publicKeys[0]!);
    const keyring = openKeyring(await scratchFolder());
    const bytes = Buffer.concat([old, data as Uint8Array, old]);
    expect(await keyring.import(bytes)).toHaveLength(1);
    expect(keyring.warnings).toMatchObject([
      { code: 'unreadable-key', message: '2 keys in this cannot be read, and was left out.' },
    ]);
  });

  it('gets its lines back where they were pasted into one, with headers or without', async () => {
    const { publicKeys } = await keyringWith('ops@example.org');
    const lines = publicKeys[0]!.trim().split('\n');
    const pasted = lines.filter((line) => line !== '').join(' ');
    expect(withLines(pasted)).not.toBe(pasted);
    expect((await readKeys(Buffer.from(pasted))).keys).toHaveLength(1);
    const withHeader = publicKeys[0]!.trim().replace('\n', '\nComment: mine\n').replaceAll('\n', ' ');
    expect((await readKeys(Buffer.from(withHeader))).keys).toHaveLength(1);
  });
});

describe("a key's facts", () => {
  it.each([
    [{ type: 'ecc', curve: 'nistP384' } as const, 'nistp384'],
    [{ type: 'curve25519' } as const, 'x25519'],
    [{ type: 'rsa', rsaBits: 2048 } as const, 'rsa2048'],
  ])('name %j as GnuPG does', async (kind, name) => {
    const keyring = openKeyring(await scratchFolder());
    const userIDs = [{ email: 'ops@example.org' }];
    const { publicKey } = await openpgp.generateKey({ userIDs, ...kind, format: 'armored' });
    const [key] = await keyring.import(Buffer.from(publicKey));
    expect(key?.info.algorithm).toBe(name);
  });

  it('are read of a list whose fields are missing', () => {
    const [key] = parseKeyList('uid:::::::::nobody:\npub\nsub\nfpr:::::::::AAAA:\nfpr:::::::::BBBB:');
    expect(key?.info).toMatchObject({
      fingerprint: 'AAAA',
      created: '1970-01-01T00:00:00.000Z',
      canEncrypt: false,
      subkeys: [{ created: '1970-01-01T00:00:00.000Z', uses: [] }],
    });
  });
});

it('a damaged file beside a key does not keep it from being deleted', async () => {
  const home = await scratchFolder();
  const keyring = openKeyring(home);
  const { publicKeys } = await keyringWith('ops@example.org');
  const [key] = await keyring.import(Buffer.from(publicKeys[0]!));
  await writeFile(join(home, 'keyring', 'AAAA.asc'), 'no key');
  expect(await keyring.list()).toHaveLength(1);
  await keyring.delete(key!);
  expect(await openKeyring(home).list()).toEqual([]);
  expect(await readdir(join(home, 'keyring'))).toEqual(['AAAA.asc']);
});

describe('a secret key', () => {
  it('that is not here opens nothing, whatever the passphrase', async () => {
    const { publicKeys } = await keyringWith('ops@example.org');
    const keyring = openKeyring(await scratchFolder());
    const [key] = await keyring.import(Buffer.from(publicKeys[0]!));
    await expect(opensWith(key!, 'any')).rejects.toMatchObject({ code: 'no-secret-key' });
    await expect(keyring.export(key!, true)).rejects.toMatchObject({ code: 'no-secret-key' });
  });

  it('without a user id is named by its fingerprint where its passphrase is asked for', async () => {
    const { keys } = await keyringWith('ops@example.org:secret');
    const nameless = { ...keys[0]!, info: { ...keys[0]!.info, userIds: [] } };
    await expect(unlockedWith(nameless, testTask().ask)).rejects.toMatchObject({
      code: 'passphrase-needed',
      message: expect.stringContaining(nameless.info.fingerprint),
    });
  });
});

it('two keys that answer to one name are both named, and each is taken once', async () => {
  const { keyring, keys } = await keyringWith('ops@example.org', 'ops@example.org', 'lead@example.org');
  const sources = { keyring, gnupg: undefined, now: new Date() };
  await expect(resolveRecipients(['ops@example.org'], sources)).rejects.toMatchObject({
    code: 'ambiguous-recipient',
    message: expect.stringContaining(keys[1]!.info.fingerprint),
  });
  const lead = keys[2]!.info.fingerprint;
  const found = await resolveRecipients([lead, 'lead@example.org'], sources);
  expect(found.map(({ info }) => info.fingerprint)).toEqual([lead]);
});
