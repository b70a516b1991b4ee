import * as vscode from 'vscode';
import type { KeyInfo } from '../../core/service.ts';
import type { Recipients } from '../recipients.ts';
import type { Session } from '../session.ts';
import { commands } from '../settings.ts';

/**
 * Leads from "no key is set" to one that is: created, imported or chosen, and written into the folder's settings.
 * @returns The fingerprints to encrypt to, or `plain` where the user wants this one backup without encryption.
 * @throws CancellationError
 */
export async function firstRecipient(session: Session, recipients: Recipients): Promise<string[] | 'plain'> {
  const keys = await recipients.usableKeys();
  const way = keys.length > 0 ? undefined : await askFirstKey();
  if (way === 'plain') return way;
  const chosen = way ? await makeKey(way) : await chooseAmong(keys, recipients);
  await recipients.use(session, chosen);
  return chosen.map(({ fingerprint }) => fingerprint);
}

async function askFirstKey(): Promise<'create' | 'import' | 'plain'> {
  const create = vscode.l10n.t('Create Key…');
  const bring = vscode.l10n.t('Import Key…');
  const plain = vscode.l10n.t('Back Up Without Encryption');
  const detail = vscode.l10n.t(
    'Backups are encrypted, so that whoever stores them cannot read them. You need a key that opens them; it becomes this folder’s setting dbbackup.recipients.',
  );
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('There is no key to encrypt the backup to.'),
    { modal: true, detail },
    create,
    bring,
    plain,
  );
  if (chosen === create) return 'create';
  if (chosen === bring) return 'import';
  if (chosen === plain) return 'plain';
  throw new vscode.CancellationError();
}

async function chooseAmong(keys: KeyInfo[], recipients: Recipients): Promise<KeyInfo[]> {
  const picked = await recipients.pick(vscode.l10n.t('Choose Recipients'), keys);
  return picked === 'create' || picked === 'import' ? makeKey(picked) : picked.keys;
}

/** Runs the command for it, which says by itself what goes wrong. */
export async function makeKey(way: 'create' | 'import'): Promise<KeyInfo[]> {
  const command = way === 'create' ? commands.createKey : commands.importKey;
  const made = await vscode.commands.executeCommand<KeyInfo[] | undefined>(command, { quiet: true });
  if (!made || made.length === 0) throw new vscode.CancellationError();
  return made;
}
