import * as vscode from 'vscode';
import { format } from '../words.ts';
import type { Editor, Handler } from './command.ts';

/** *Forget Passphrases*: those of this window and those in the secret storage. */
export function createForgetPassphrases({ passphrases }: Pick<Editor, 'passphrases'>): Handler {
  return async () => {
    const forgotten = await passphrases.forgetAll();
    const message =
      forgotten === 0
        ? vscode.l10n.t('No passphrase was kept.')
        : vscode.l10n.t('Passphrases forgotten: {0}', format.number(forgotten));
    void vscode.window.showInformationMessage(message);
    return forgotten;
  };
}
