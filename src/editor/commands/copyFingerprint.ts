import * as vscode from 'vscode';
import { chooseKey } from '../input/pickKey.ts';
import type { Editor, Handler } from './command.ts';

/** *Copy Fingerprint*: forty digits that name a key for good. */
export function createCopyFingerprint(parts: Pick<Editor, 'service' | 'tasks'>): Handler {
  return async (first) => {
    const key = await chooseKey(vscode.l10n.t('Copy Fingerprint'), first, parts, () => true);
    await vscode.env.clipboard.writeText(key.fingerprint);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Fingerprint copied'), 3000);
    return key.fingerprint;
  };
}
