import * as vscode from 'vscode';
import type { KeyInfo } from '../../core/service.ts';
import { chooseKey } from '../input/pickKey.ts';
import { keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';

type Parts = Pick<Editor, 'service' | 'tasks' | 'checks'>;

/** *Check Passphrase*: proves that it is still known. What is kept of it does not count. Returns whether it was right. */
export function createCheckPassphrase(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Check Passphrase');
    const key = await chooseKey(title, first, parts, ({ secret }) => secret);
    if (await isRight(key, '', parts)) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('The key of {0} has no passphrase.', keyName(key)),
      );
      return true;
    }
    if (!(await askUntilRight(key, title, parts))) return false;
    await parts.checks.proved(key, new Date());
    void vscode.window.showInformationMessage(vscode.l10n.t('That is the passphrase of {0}.', keyName(key)));
    return true;
  };
}

async function askUntilRight(key: KeyInfo, title: string, parts: Parts): Promise<boolean> {
  let prompt = vscode.l10n.t('Passphrase of {0}, from memory', keyName(key));
  for (;;) {
    const typed = await vscode.window.showInputBox({ title, prompt, password: true, ignoreFocusOut: true });
    if (typed === undefined) return false;
    if (await isRight(key, typed, parts)) return true;
    prompt = vscode.l10n.t('That is not the passphrase of {0}. Try again.', keyName(key));
  }
}

async function isRight(
  { fingerprint }: KeyInfo,
  passphrase: string,
  { service, tasks }: Parts,
): Promise<boolean> {
  const ask = { key: fingerprint, passphrase };
  return (await tasks.quietly((task) => service.checkPassphrase(ask, task))).right;
}
