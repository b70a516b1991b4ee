import * as vscode from 'vscode';
import { newPassphraseSteps } from '../input/newPassphrase.ts';
import { chooseKey } from '../input/pickKey.ts';
import { runSteps } from '../input/steps.ts';
import { plans } from '../progressPlan.ts';
import { keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';

/** *Change Passphrase…*: asks for the new one, then for the present one. What was kept of it is forgotten. */
export function createChangePassphrase({
  service,
  tasks,
  passphrases,
}: Pick<Editor, 'service' | 'tasks' | 'passphrases'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Change Passphrase');
    const key = await chooseKey(title, first, { service, tasks }, ({ secret }) => secret);
    const answers = { passphrase: '' };
    const prompt = vscode.l10n.t('New passphrase of {0}; the present one is asked for next', keyName(key));
    await runSteps(title, newPassphraseSteps(prompt), answers);
    const ask = { key: key.fingerprint, passphrase: answers.passphrase };
    const changed = await tasks.run({ title, plan: plans.quick }, (task) =>
      service.changePassphrase(ask, task),
    );
    await passphrases.forget(key.fingerprint);
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'The passphrase of {0} is changed. Copies of the key keep the one they have.',
        keyName(changed),
      ),
    );
    return changed;
  };
}
