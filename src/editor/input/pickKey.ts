import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { KeyInfo } from '../../core/service.ts';
import type { Editor } from '../commands/command.ts';
import { keysOf } from '../commands/targets.ts';
import { keyEntry } from '../recipients.ts';
import { pickOne } from './pick.ts';

/**
 * The key that a menu was opened on, or one of our keyring that is picked among those that fit.
 * @throws CancellationError, BackupError no-secret-key where none fits
 */
export async function chooseKey(
  title: string,
  first: unknown,
  { service, tasks }: Pick<Editor, 'service' | 'tasks'>,
  fits: (key: KeyInfo) => boolean = () => true,
): Promise<KeyInfo> {
  const [selected] = keysOf(first, undefined);
  if (selected) return selected;
  const { keys: all } = await tasks.quietly((task) => service.listKeys({}, task));
  const keys = all.filter((key) => key.source !== 'gnupg' && fits(key));
  if (keys.length === 0) {
    throw new BackupError(
      'no-secret-key',
      vscode.l10n.t('There is no such key in your keyring.'),
      vscode.l10n.t('Create or import one. Keys that only GnuPG has are changed with gpg.'),
    );
  }
  const entries = keys.map((key) => ({ ...keyEntry(key), value: key }));
  return pickOne(title, vscode.l10n.t('Choose a key'), entries);
}
