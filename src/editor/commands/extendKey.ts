import * as vscode from 'vscode';
import { pickOne } from '../input/pick.ts';
import { chooseKey } from '../input/pickKey.ts';
import { plans } from '../progressPlan.ts';
import { expiryWords, keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';

/** *Extend Expiry…*: a key lives on for a period from now, or for ever. */
export function createExtendKey({ service, tasks }: Pick<Editor, 'service' | 'tasks'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Extend Expiry');
    const fits = ({ secret, revoked }: { secret: boolean; revoked: boolean }) => secret && !revoked;
    const key = await chooseKey(title, first, { service, tasks }, fits);
    const prompt = vscode.l10n.t('{0} {1}. Until when, from today?', keyName(key), expiryWords(key));
    const expires = await pickOne(title, prompt, [
      { label: vscode.l10n.t('1 year'), value: '1y' },
      { label: vscode.l10n.t('2 years'), value: '2y' },
      { label: vscode.l10n.t('5 years'), value: '5y' },
      { label: vscode.l10n.t('Never'), description: vscode.l10n.t('it does not expire'), value: 'never' },
    ]);
    const ask = { key: key.fingerprint, expires };
    const extended = await tasks.run({ title, plan: plans.quick }, (task) => service.extendKey(ask, task));
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'The key of {0} {1}. Hand it on again to whoever encrypts to it.',
        keyName(extended),
        expiryWords(extended),
      ),
    );
    return extended;
  };
}
