import * as vscode from 'vscode';
import { chooseKey } from '../input/pickKey.ts';
import { plans } from '../progressPlan.ts';
import { keyName, shortFingerprint } from '../words.ts';
import type { Editor, Handler } from './command.ts';

/** *Revoke…*: nothing is encrypted to the key any more; what is encrypted still opens. */
export function createRevokeKey({ service, tasks }: Pick<Editor, 'service' | 'tasks'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Revoke Key');
    const key = await chooseKey(title, first, { service, tasks }, ({ revoked }) => !revoked);
    const button = vscode.l10n.t('Revoke');
    const detail = vscode.l10n.t(
      'Nothing can be encrypted to it any more, here and wherever the revoked key is imported. Backups that it opens still open. This cannot be undone.',
    );
    const question = vscode.l10n.t(
      'Revoke the key of {0} ({1})?',
      keyName(key),
      shortFingerprint(key.fingerprint),
    );
    const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, button);
    if (answer !== button) return undefined;
    const revoked = await tasks.run({ title, plan: plans.quick }, (task) =>
      service.revokeKey({ key: key.fingerprint }, task),
    );
    void vscode.window.showInformationMessage(
      vscode.l10n.t('The key of {0} is revoked. Export it to tell others.', keyName(revoked)),
    );
    return revoked;
  };
}
