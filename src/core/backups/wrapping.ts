import { BackupError } from '../errors.ts';
import { resolveRecipients } from '../keys/recipients.ts';
import type { Project } from '../project/project.ts';
import type { BackupAsk } from '../service.ts';
import type { Wrapping } from './create.ts';
import type { WrapExtension } from './name.ts';
import type { Resources } from './resources.ts';

/**
 * Decides how a backup is wrapped. Never plaintext by accident: unless plain was asked for, a recipient must be found.
 * @throws BackupError no-recipient, unknown-recipient, ambiguous-recipient, expired-recipient, revoked-recipient, …
 */
export async function decideWrapping(
  ask: Pick<BackupAsk, 'encrypt' | 'recipients' | 'compress'>,
  project: Pick<Project, 'encrypt' | 'recipients'>,
  content: { compressed: boolean },
  resources: Resources,
  signal: AbortSignal,
): Promise<Wrapping> {
  const encrypted = ask.encrypt ?? (project.encrypt || ask.recipients !== undefined);
  const wraps: WrapExtension[] = ask.compress ? ['gz'] : [];
  const encode = {
    signal,
    recipients: [] as string[],
    compressInMessage: !ask.compress && !content.compressed,
  };
  if (!encrypted) return { wraps, encode };
  const recipients = await findRecipients(ask.recipients ?? project.recipients, resources);
  return { wraps: [...wraps, 'gpg'], encode: { ...encode, recipients } };
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
