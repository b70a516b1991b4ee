import * as vscode from 'vscode';
import { chooseKey } from '../input/pickKey.ts';
import { keyName } from '../words.ts';
import { writePrivate } from '../writePrivate.ts';
import type { Editor, Handler } from './command.ts';

/** *Save Recovery Kit…*: a page to print or a text with all that opens the backups when this machine is gone. */
export function createSaveRecoveryKit({ service, tasks }: Pick<Editor, 'service' | 'tasks'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Save Recovery Kit');
    const key = await chooseKey(title, first, { service, tasks }, ({ secret }) => secret);
    const target = await askWhere(title, key.fingerprint);
    const kit = await tasks.quietly((task) => service.recoveryKit({ key: key.fingerprint }, task));
    const content = target.path.endsWith('.html') ? kit.page : kit.text;
    await writePrivate(target, content);
    await tasks.quietly((task) => service.noteExported({ key: key.fingerprint }, task));
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'The recovery kit of {0} was saved. Print it or put it where only you can read it, and not on this machine alone.',
        keyName(key),
      ),
    );
    return target;
  };
}

async function askWhere(title: string, fingerprint: string): Promise<vscode.Uri> {
  const folder = vscode.Uri.file(process.env.HOME ?? process.env.USERPROFILE ?? '/');
  const target = await vscode.window.showSaveDialog({
    title,
    saveLabel: vscode.l10n.t('Save'),
    defaultUri: vscode.Uri.joinPath(folder, `recovery-kit-${fingerprint.slice(-16)}.html`),
    filters: { [vscode.l10n.t('Page to print')]: ['html'], [vscode.l10n.t('Text')]: ['txt'] },
  });
  if (!target) throw new vscode.CancellationError();
  return target;
}
