import { BackupError } from '../errors.ts';
import type { Asker, Warning } from '../task.ts';
import type { GnuPG } from './gnupg.ts';
import type { GnuPgKey } from './gnupgList.ts';
import { keysNamed } from './keyQuery.ts';
import type { Keyring, StoredKey } from './keyring.ts';
import { withPassphrase } from './unlock.ts';

/** @throws BackupError failed where this machine has no gpg */
export function requireGnuPG(gnupg: GnuPG | undefined): GnuPG {
  if (gnupg) return gnupg;
  throw new BackupError(
    'failed',
    'GnuPG is not installed here: there is no gpg.',
    'Install it, or use files.',
  );
}

/**
 * Takes a key out of GnuPG's keyring into ours: its public half, or the secret one too, still under its passphrase.
 * @throws BackupError no-such-file, ambiguous-recipient, no-secret-key, passphrase-needed, wrong-passphrase, not-a-key
 */
export async function importFromGnuPG(
  query: string,
  secret: boolean,
  { keyring, gnupg, ask }: { keyring: Keyring; gnupg: GnuPG; ask: Asker },
): Promise<StoredKey[]> {
  const { info } = onlyOne(query, keysNamed(query, await gnupg.list()));
  if (secret && !info.secret) {
    throw new BackupError(
      'no-secret-key',
      `GnuPG has no secret half of ${info.fingerprint}.`,
      'Import its public half alone, or the secret one from where it is.',
    );
  }
  const armored = secret
    ? await secretOf(info.fingerprint, info.userIds[0], gnupg, ask)
    : await gnupg.exportPublic(info.fingerprint);
  return keyring.import(Buffer.from(armored));
}

/** Puts a key into GnuPG's keyring. @throws BackupError not-for-gnupg, no-secret-key, failed with what gpg says */
export async function exportToGnuPG(
  key: StoredKey,
  secret: boolean,
  { keyring, gnupg }: { keyring: Keyring; gnupg: GnuPG },
): Promise<void> {
  if (!key.forGnuPG) throw new BackupError('not-for-gnupg', notForGnuPG(key).message, notForGnuPG(key).hint);
  await gnupg.import(await keyring.export(key, secret));
}

/** What to say before a key is exported that other OpenPGP programs read, but GnuPG 2.2 does not. */
export function notForGnuPG({ info }: StoredKey): Warning & { hint: string } {
  return {
    code: 'not-for-gnupg',
    message: `GnuPG 2.2 cannot read the key ${info.fingerprint}: it is of a newer format (RFC 9580).`,
    hint: 'For GnuPG make a key here, or with gpg, and encrypt to that one as well.',
  };
}

/** Without a passphrase first: that opens keys that have none, and asks nobody. */
async function secretOf(
  fingerprint: string,
  userId: string | undefined,
  gnupg: GnuPG,
  ask: Asker,
): Promise<string> {
  const tryWith = (passphrase: string) => gnupg.exportSecret(fingerprint, passphrase).catch(ifWrong);
  const open = await tryWith('');
  if (open !== undefined) return open;
  return withPassphrase(
    (attempt) => ask.passphrase({ kind: 'key', fingerprint, userId, attempt }),
    tryWith,
    userId ?? fingerprint,
  );
}

function ifWrong(error: unknown): undefined {
  if (error instanceof BackupError && /passphrase|cancel/i.test(error.message)) return undefined;
  throw error;
}

function onlyOne(query: string, found: GnuPgKey[]): GnuPgKey {
  const [only] = found;
  if (only && found.length === 1) return only;
  if (found.length === 0)
    throw new BackupError('no-such-file', `GnuPG has no key of ${query}.`, 'See gpg --list-keys.');
  const list = found.map(({ info }) => info.fingerprint).join(', ');
  throw new BackupError(
    'ambiguous-recipient',
    `Several keys of GnuPG answer to ${query}: ${list}.`,
    'Name one by its fingerprint.',
  );
}
