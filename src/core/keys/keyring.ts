import { chmod, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Key } from 'openpgp';
import { BackupError } from '../errors.ts';
import { sweepParts } from '../files/newFile.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { loadOpenPgp, readableByGnuPG } from '../openpgp/library.ts';
import type { Warning } from '../task.ts';
import { isForGnuPG, keyFacts, keyIdsOf } from './keyFacts.ts';
import type { KeyInfo } from './keyInfo.ts';
import { keysNamed } from './keyQuery.ts';
import { mergeKeys } from './mergeKeys.ts';
import { type NewKey, newKeyPair } from './newKey.ts';
import { readKeys } from './readKeys.ts';

/** A key of the keyring. The secret half, where there is one, stays under its passphrase. */
export interface StoredKey {
  info: KeyInfo;
  /** Of the key and its subkeys. */
  keyIds: string[];
  /** Both halves where both are there. */
  armored: string;
  /** Whether GnuPG 2.2 can import it. */
  forGnuPG: boolean;
}

/**
 * The user's own keyring: a private folder with one armored file per key. Files that cannot be read are named in
 * `warnings` and the others still work.
 */
export class Keyring {
  readonly #folder: string;
  #keys: Promise<StoredKey[]> | undefined;
  /** What the last reading or import left to say. */
  warnings: Warning[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): Promise<StoredKey[]> {
    this.#keys ??= this.#read();
    return this.#keys;
  }

  /** Every key that a name, e-mail, key id or fingerprint fits. */
  async find(query: string): Promise<StoredKey[]> {
    return keysNamed(query, await this.list());
  }

  /** Makes a key pair and keeps its revocation certificate beside it. @throws BackupError usage */
  async generate(ask: NewKey): Promise<StoredKey> {
    const { privateKey, revocationCertificate } = await newKeyPair(ask);
    const stored = await this.replace(privateKey);
    await replaceFile(this.#path(stored, 'rev'), revocationCertificate);
    await replaceFile(this.#path(stored, 'new'), '');
    this.#keys = undefined;
    return { ...stored, info: { ...stored.info, neverExported: true } };
  }

  /**
   * Takes keys in, armored or binary, several in one. A half that is there already stays, under the passphrase it has.
   * @throws BackupError not-a-key
   */
  async import(data: Uint8Array): Promise<StoredKey[]> {
    const { keys, unreadable } = await readKeys(data);
    const stored: StoredKey[] = [];
    const warnings: Warning[] = [];
    for (const key of keys) stored.push(await this.#store(await this.#merged(key, warnings)));
    await this.list();
    this.warnings.push(...warnings);
    if (unreadable > 0) {
      this.warnings.push({
        code: 'unreadable-key',
        message: `${unreadable === 1 ? 'One key' : `${unreadable} keys`} in this cannot be read, and was left out.`,
        hint: 'Keys of the 1990s (version 3) are too weak to be used; others may be damaged.',
      });
    }
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
    return armor(secret ? whole : whole.toPublic());
  }

  /** Removes a key and its revocation certificate. */
  async delete(key: StoredKey): Promise<void> {
    for (const name of await this.#names()) {
      if ((await this.#readFile(name).catch(() => undefined))?.info.fingerprint === key.info.fingerprint)
        await rm(join(this.#folder, name), { force: true });
    }
    for (const ending of ['rev', 'new'] as const) await rm(this.#path(key, ending), { force: true });
    this.#keys = undefined;
  }

  /** Replaces a stored key by a changed one: another passphrase, another expiry, a revocation. */
  async replace(armored: string): Promise<StoredKey> {
    const openpgp = await loadOpenPgp();
    return this.#store(await openpgp.readKey({ armoredKey: armored }));
  }

  /** Notes that a copy of the secret half exists elsewhere. */
  async noteExported(key: StoredKey): Promise<void> {
    await rm(this.#path(key, 'new'), { force: true });
    this.#keys = undefined;
  }

  /** The revocation certificate that was written when the key was made, where it was made here. */
  async revocationCertificate(key: StoredKey): Promise<string | undefined> {
    return readFile(this.#path(key, 'rev'), 'utf8').catch(() => undefined);
  }

  async #read(): Promise<StoredKey[]> {
    this.warnings = [];
    const names = await this.#names();
    if (names.length === 0) return [];
    await this.#tighten(this.#folder, 0o700);
    const keys = new Map<string, StoredKey>();
    for (const name of names) {
      const path = join(this.#folder, name);
      try {
        await this.#tighten(path, 0o600);
        const key = await this.#marked(await this.#readFile(name));
        // A file that somebody put here by hand may hold a key that is here already.
        const known = keys.get(key.info.fingerprint);
        if (!known || (key.info.secret && !known.info.secret)) keys.set(key.info.fingerprint, key);
      } catch {
        this.warnings.push({
          code: 'damaged-key',
          message: `${path} cannot be read as a key; the others still work.`,
          hint: 'Import the key again from where you keep it.',
        });
      }
    }
    return [...keys.values()];
  }

  /** A key that was made here has a mark beside it until its secret half is exported. */
  async #marked(key: StoredKey): Promise<StoredKey> {
    const isNew = await stat(this.#path(key, 'new')).catch(() => undefined);
    return isNew && key.info.secret ? { ...key, info: { ...key.info, neverExported: true } } : key;
  }

  async #names(): Promise<string[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.name.endsWith('.asc') && !entry.isDirectory());
    return files.map(({ name }) => name).sort();
  }

  async #readFile(name: string): Promise<StoredKey> {
    const openpgp = await loadOpenPgp();
    const armored = await readFile(join(this.#folder, name), 'utf8');
    return describe(await openpgp.readKey({ armoredKey: armored }), armored);
  }

  async #tighten(path: string, wanted: number): Promise<void> {
    const { mode } = await stat(path);
    if (process.platform === 'win32' || (mode & 0o077) === 0) return;
    await chmod(path, wanted);
    this.warnings.push({
      code: 'loose-permissions',
      message: `${path} could be read by others; it no longer can.`,
    });
  }

  async #merged(incoming: Key, warnings: Warning[]): Promise<Key> {
    const fingerprint = incoming.getFingerprint().toUpperCase();
    const known = (await this.list()).find(({ info }) => info.fingerprint === fingerprint);
    if (!known) return incoming;
    const openpgp = await loadOpenPgp();
    const { key, lacksSubkey } = await mergeKeys(
      await openpgp.readKey({ armoredKey: known.armored }),
      incoming,
    );
    if (lacksSubkey) {
      warnings.push({
        code: 'new-subkey',
        message: `${fingerprint} has a subkey whose secret half is not here; it was left out.`,
        hint: 'Import the secret key again from where the subkey was made.',
      });
    }
    return key;
  }

  async #store(key: Key): Promise<StoredKey> {
    await privateFolder(this.#folder);
    await sweepParts(this.#folder);
    const armored = armor(key);
    const openpgp = await loadOpenPgp();
    // What cannot be read again must not take the place of what can.
    const stored = await describe(await openpgp.readKey({ armoredKey: armored }), armored);
    await replaceFile(this.#path(stored, 'asc'), armored);
    this.#keys = undefined;
    return this.#marked(stored);
  }

  #path({ info }: StoredKey, ending: 'asc' | 'rev' | 'new'): string {
    return join(this.#folder, `${info.fingerprint}.${ending}`);
  }
}

/** The keyring under `DBBACKUP_HOME`. */
export function openKeyring(home: string): Keyring {
  return new Keyring(join(home, 'keyring'));
}

function armor(key: Key): string {
  return key.armor({ ...readableByGnuPG } as never);
}

async function describe(key: Key, armored: string): Promise<StoredKey> {
  const forGnuPG = isForGnuPG(key);
  const info: KeyInfo = {
    ...(await keyFacts(key)),
    ...(forGnuPG ? {} : { notForGnuPG: true }),
    source: 'keyring',
  };
  return { info, keyIds: keyIdsOf(key), armored, forGnuPG };
}
