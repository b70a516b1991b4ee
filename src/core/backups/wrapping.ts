import { BackupError } from '../errors.ts';
import { resolveRecipients } from '../keys/recipients.ts';
import { unlockedWith } from '../keys/unlock.ts';
import type { Project } from '../project/project.ts';
import type { BackupAsk } from '../service.ts';
import type { Asker, Task } from '../task.ts';
import type { Wrapping } from './create.ts';
import type { WrapExtension } from './name.ts';
import type { Resources } from './resources.ts';

/**
 * Decides how a backup is wrapped. Never plaintext by accident: unless plain was asked for, a recipient must be found.
 * @throws BackupError no-recipient, unknown-recipient, ambiguous-recipient, expired-recipient, revoked-recipient, …
 */
export async function decideWrapping(
  ask: Pick<BackupAsk, 'encrypt' | 'recipients' | 'compress' | 'sign'>,
  project: Pick<Project, 'encrypt' | 'recipients' | 'settings'>,
  content: { compressed: boolean },
  resources: Resources,
  task: Pick<Task, 'signal' | 'ask'>,
): Promise<Wrapping> {
  const encrypted = ask.encrypt ?? (project.encrypt || ask.recipients !== undefined);
  const wraps: WrapExtension[] = ask.compress ? ['gz'] : [];
  const encode = {
    signal: task.signal,
    recipients: [] as string[],
    compressInMessage: !ask.compress && !content.compressed,
    thread: resources.threads?.protect,
  };
  const signer = ask.sign ?? (project.settings.sign || undefined);
  if (!encrypted) {
    if (ask.sign !== undefined) {
      throw new BackupError(
        'usage',
        'Only an encrypted backup can be signed.',
        'Leave out --no-encrypt, or --sign.',
      );
    }
    return { wraps, encode };
  }
  const recipients = await findRecipients(ask.recipients ?? project.recipients, resources);
  const signing = signer === undefined ? undefined : await findSigner(signer, resources, task.ask);
  return { wraps: [...wraps, 'gpg'], encode: { ...encode, recipients, signing } };
}

/** The secret key to sign with, and the passphrase that opens it. */
export async function findSigner(query: string, resources: Resources, ask: Asker) {
  const keyring = await resources.keyring();
  const found = (await keyring.find(query)).filter(({ info }) => info.secret);
  const [only] = found;
  if (!only || found.length > 1) {
    throw new BackupError(
      only ? 'ambiguous-recipient' : 'no-secret-key',
      only
        ? `Several keys to sign with answer to ${query}.`
        : `No secret key in the keyring answers to ${query}.`,
      only ? 'Name one by its fingerprint.' : 'Import it with dbbackup keys import.',
    );
  }
  const { passphrase } = await unlockedWith(only, ask);
  return { armored: only.armored, passphrase };
}

/** Public keys, armored, for what people name keys by. */
export async function findRecipients(queries: string[], resources: Resources): Promise<string[]> {
  if (queries.length === 0) {
    throw new BackupError(
      'no-recipient',
      'No key is set to encrypt to, so nothing was written.',
      'Set DBBACKUP_GPG_RECIPIENT or dbbackup.recipients, name one with -r, or say --no-encrypt for a plain backup.',
    );
  }
  const keyring = await resources.keyring();
  const gnupg = await resources.gnupg();
  const found = await resolveRecipients(queries, { keyring, gnupg, now: resources.now() });
  return found.map(({ armored }) => armored);
}
