import * as vscode from 'vscode';
import { revealFile } from '../reveal.ts';

/** Says that a file was written and offers to show it. Does not wait for the answer. */
export function sayWritten(path: string, message: string): void {
  const reveal = vscode.l10n.t('Reveal');
  void vscode.window.showInformationMessage(message, reveal).then((chosen) => {
    return chosen === reveal ? revealFile(path) : undefined;
  });
}
