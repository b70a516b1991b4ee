import type { PrivateKey, SecretKeyPacket } from 'openpgp';
import { BackupError } from '../errors.ts';
import { loadOpenPgp } from '../openpgp/library.ts';
import type { Asker } from '../task.ts';
import type { StoredKey } from './keyring.ts';

/** How often a wrong passphrase is asked for again. */
const mostAttempts = 3;

/** A secret key in the clear, in memory only, and the passphrase that opened it (empty for none). */
export interface Unlocked {
  privateKey: PrivateKey;
  passphrase: string;
}

/** @throws BackupError no-secret-key, passphrase-needed, wrong-passphrase */
export async function unlockedWith(key: StoredKey, ask: Asker): Promise<Unlocked> {
  const { fingerprint, userIds } = key.info;
  requireSecret(key);
  const open = await unlock(key, '');
  if (open) return { privateKey: open, passphrase: '' };
  return withPassphrase(
    (attempt) => ask.passphrase({ kind: 'key', fingerprint, userId: userIds[0], attempt }),
    async (passphrase) => {
      const privateKey = await unlock(key, passphrase);
      return privateKey && { privateKey, passphrase };
    },
    userIds[0] ?? fingerprint,
  );
}

/**
 * Only the primary key's secret half signs for the whole; a card, or an offline key, leaves a stub for it (gnu-dummy).
 * @throws BackupError no-secret-key
 */
export function requirePrimary({ keyPacket }: PrivateKey, { info }: StoredKey): void {
  if (!(keyPacket as SecretKeyPacket).isDummy()) return;
  throw new BackupError(
    'no-secret-key',
    `The primary key of ${info.fingerprint} is not in the keyring, only a subkey of it.`,
    'Change it where the primary key is, and import it again.',
  );
}

/** Whether a passphrase opens a secret key. @throws BackupError no-secret-key */
export async function opensWith(key: StoredKey, passphrase: string): Promise<boolean> {
  requireSecret(key);
  return (await unlock(key, passphrase)) !== undefined;
}

function requireSecret({ info: { fingerprint, secret } }: StoredKey): void {
  if (secret) return;
  throw new BackupError(
    'no-secret-key',
    `The secret half of ${fingerprint} is not in the keyring.`,
    'Import it with dbbackup keys import.',
  );
}

/** Undefined where the passphrase is wrong. */
async function unlock(key: StoredKey, passphrase: string): Promise<PrivateKey | undefined> {
  const openpgp = await loadOpenPgp();
  const privateKey = await openpgp.readPrivateKey({ armoredKey: key.armored });
  if (privateKey.isDecrypted()) return privateKey;
  return openpgp.decryptKey({ privateKey, passphrase }).catch(() => undefined);
}

/**
 * Asks until a passphrase does it. An answer that is given twice is one that nobody types: a file or the environment; it
 * is wrong at once then.
 * @param tryWith undefined where the passphrase is wrong
 * @throws BackupError passphrase-needed, wrong-passphrase
 */
export async function withPassphrase<T>(
  question: (attempt: number) => Promise<string | undefined>,
  tryWith: (passphrase: string) => Promise<T | undefined>,
  whose: string,
): Promise<T> {
  let last: string | undefined;
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const passphrase = await question(attempt);
    if (passphrase === undefined) throw last === undefined ? needed(whose) : wrong(whose);
    if (passphrase === last) throw wrong(whose);
    const result = await tryWith(passphrase);
    if (result !== undefined) return result;
    last = passphrase;
  }
  throw wrong(whose);
}

function needed(whose: string): BackupError {
  return new BackupError(
    'passphrase-needed',
    `The passphrase of ${whose} is needed.`,
    'Run it in a terminal, pass --passphrase-file FILE (or - for stdin), or set DBBACKUP_PASSPHRASE.',
  );
}

function wrong(whose: string): BackupError {
  return new BackupError(
    'wrong-passphrase',
    `That is not the passphrase of ${whose}.`,
    'Try again with the right one.',
  );
}
