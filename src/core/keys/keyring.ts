import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Key, PrivateKey } from 'openpgp';
import { BackupError } from '../errors.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { loadOpenPgp, type OpenPgp, readableByGnuPG } from '../openpgp/library.ts';
import type { Warning } from '../task.ts';
import { answersTo, keyFacts, keyIdsOf } from './keyFacts.ts';
import type { KeyInfo } from './keyInfo.ts';
import { periodInSeconds } from './period.ts';

/** A key of the keyring. The secret half, where there is one, stays under its passphrase. */
export interface StoredKey {
  info: KeyInfo;
  /** Of the key and its subkeys. */
  keyIds: string[];
  /** Both halves where both are there. */
  armored: string;
}

export interface NewKey {
  name: string;
  email: string;
  comment?: string;
  algorithm: 'rsa4096' | 'ecc';
  /** `never`, `2y`, `6m`, `30d`. */
  expires: string;
  /** Empty for none. */
  passphrase: string;
}

/**
 * The user's own keyring: a private folder with one armored file per key. Files that cannot be read are named in
 * `warnings` and the others still work.
 */
export class Keyring {
  readonly #folder: string;
  #keys: Promise<StoredKey[]> | undefined;
  readonly warnings: Warning[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): Promise<StoredKey[]> {
    this.#keys ??= this.#read();
    return this.#keys;
  }

  /** Every key that a name, key id or fingerprint fits. */
  async find(query: string): Promise<StoredKey[]> {
    return (await this.list()).filter(({ info, keyIds }) => answersTo(query, info, keyIds));
  }

  /** Makes a key pair that GnuPG 2.2 can import: RSA 4096, or Curve 25519 in its older form. */
  async generate({ name, email, comment, algorithm, expires, passphrase }: NewKey): Promise<StoredKey> {
    const openpgp = await loadOpenPgp();
    const { privateKey, revocationCertificate } = await openpgp.generateKey({
      ...(algorithm === 'ecc' ? { type: 'ecc', curve: 'curve25519Legacy' } : { type: 'rsa', rsaBits: 4096 }),
      userIDs: [{ name, email, comment }],
      keyExpirationTime: periodInSeconds(expires),
      passphrase: passphrase === '' ? undefined : passphrase,
      format: 'armored',
      config: readableByGnuPG,
    });
    const stored = await this.#store(await openpgp.readKey({ armoredKey: privateKey }));
    await writeWhole(join(this.#folder, `${stored.info.fingerprint}.rev`), revocationCertificate);
    return stored;
  }

  /**
   * Takes keys in, armored or binary, several in one. A half that is there already stays.
   * @throws BackupError not-a-key
   */
  async import(data: Uint8Array): Promise<StoredKey[]> {
    const openpgp = await loadOpenPgp();
    const keys = await readKeys(openpgp, data);
    const stored: StoredKey[] = [];
    for (const key of keys) stored.push(await this.#store(await this.#merged(openpgp, key)));
    return stored;
  }

  /** A key as armored text: its public half, or all of it. @throws BackupError no-secret-key */
  async export(key: StoredKey, secret: boolean): Promise<string> {
    if (secret && !key.info.secret) {
      throw new BackupError(
        'no-secret-key',
        `The secret half of ${key.info.fingerprint} is not in the keyring.`,
        'Export it where it is, or with gpg --export-secret-keys.',
      );
    }
    const openpgp = await loadOpenPgp();
    const whole = await openpgp.readKey({ armoredKey: key.armored });
    return (secret ? whole : whole.toPublic()).armor({ ...readableByGnuPG } as never);
  }

  /** Removes a key and its revocation certificate. */
  async delete({ info: { fingerprint } }: StoredKey): Promise<void> {
    for (const ending of ['asc', 'rev'])
      await rm(join(this.#folder, `${fingerprint}.${ending}`), { force: true });
    this.#keys = undefined;
  }

  /** Replaces a stored key by a changed one: another passphrase, another expiry, a revocation. */
  async replace(armored: string): Promise<StoredKey> {
    const openpgp = await loadOpenPgp();
    return this.#store(await openpgp.readKey({ armoredKey: armored }));
  }

  /** The revocation certificate that was written when the key was made, where it was made here. */
  async revocationCertificate({ info: { fingerprint } }: StoredKey): Promise<string | undefined> {
    return readFile(join(this.#folder, `${fingerprint}.rev`), 'utf8').catch(() => undefined);
  }

  async #read(): Promise<StoredKey[]> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith('.asc'));
    const keys: StoredKey[] = [];
    if (names.length === 0) return keys;
    const openpgp = await loadOpenPgp();
    for (const name of names.sort()) {
      const path = join(this.#folder, name);
      try {
        await this.#tighten(path);
        const armoredKey = await readFile(path, 'utf8');
        keys.push(await describe(await openpgp.readKey({ armoredKey }), armoredKey));
      } catch {
        this.warnings.push({
          code: 'damaged-key',
          message: `${path} cannot be read as a key; the others still work.`,
          hint: 'Import the key again from where you keep it.',
        });
      }
    }
    return keys;
  }

  async #tighten(path: string): Promise<void> {
    const { mode } = await stat(path);
    if (process.platform === 'win32' || (mode & 0o077) === 0) return;
    await chmod(path, 0o600);
    this.warnings.push({
      code: 'loose-permissions',
      message: `${path} could be read by others; it no longer can.`,
    });
  }

  async #merged(openpgp: OpenPgp, key: Key): Promise<Key> {
    const fingerprint = key.getFingerprint().toUpperCase();
    const known = (await this.list()).find(({ info }) => info.fingerprint === fingerprint);
    if (!known) return key;
    const existing = await openpgp.readKey({ armoredKey: known.armored });
    // A key can only be brought up to date by one of its own kind or lesser: the secret half leads.
    if (key.isPrivate() && !existing.isPrivate()) return key.update(existing);
    return existing.update(existing.isPrivate() && key.isPrivate() ? key.toPublic() : key);
  }

  async #store(key: Key): Promise<StoredKey> {
    await privateFolder(this.#folder);
    const armored = key.armor({ ...readableByGnuPG } as never);
    const stored = await describe(key, armored);
    await writeWhole(join(this.#folder, `${stored.info.fingerprint}.asc`), armored);
    this.#keys = undefined;
    return stored;
  }
}

/** The keyring under `DBBACKUP_HOME`. */
export function openKeyring(home: string): Keyring {
  return new Keyring(join(home, 'keyring'));
}

async function describe(key: Key, armored: string): Promise<StoredKey> {
  return { info: { ...(await keyFacts(key)), source: 'keyring' }, keyIds: keyIdsOf(key), armored };
}

async function readKeys(openpgp: OpenPgp, data: Uint8Array): Promise<Key[]> {
  const text = Buffer.from(data).toString('latin1');
  try {
    if (!text.includes('-----BEGIN PGP')) return await openpgp.readKeys({ binaryKeys: data });
    const blocks = text.match(
      /-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]*?-----END PGP \1 KEY BLOCK-----/g,
    );
    const keys = await Promise.all((blocks ?? []).map((armoredKeys) => openpgp.readKeys({ armoredKeys })));
    if (keys.flat().length === 0) throw new Error('no key block');
    return keys.flat();
  } catch (error) {
    throw new BackupError(
      'not-a-key',
      'This holds no OpenPGP key that can be read.',
      'Export the key again: gpg --armor --export (or --export-secret-keys).',
      { cause: error },
    );
  }
}

/** A secret key in the clear, in memory only. Undefined where the passphrase is wrong. */
export async function unlock(key: StoredKey, passphrase: string): Promise<PrivateKey | undefined> {
  const openpgp = await loadOpenPgp();
  const privateKey = await openpgp.readPrivateKey({ armoredKey: key.armored });
  if (privateKey.isDecrypted()) return privateKey;
  return openpgp.decryptKey({ privateKey, passphrase }).catch(() => undefined);
}

async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(part, text, { mode: 0o600, flag: 'wx' });
  await rename(part, path);
}
