import * as vscode from 'vscode';
import { readSettings, writeSetting } from '../configuration.ts';
import type { Editor, Handler } from './command.ts';
import { chooseRemote } from './remoteTargets.ts';

/** *Remove Remote…*: from the settings, with the password that is kept for it. What lies there stays. */
export function createRemoveRemote(parts: Pick<Editor, 'remotes' | 'passphrases'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Remove Remote');
    const { session, remote } = await chooseRemote(title, first, parts);
    const button = vscode.l10n.t('Remove');
    const message = vscode.l10n.t('Remove {0} from the settings?', remote.name);
    const detail = vscode.l10n.t('The backups there stay. New ones are not copied there any more.');
    if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) !== button) {
      return undefined;
    }
    const { remotes = [], copyTo = [] } = readSettings(session.folder);
    const removed = remotes.find(({ name }) => name === remote.name);
    const left = remotes.filter((one) => one !== removed);
    await write(
      session.folder,
      'copyTo',
      copyTo.filter((name) => name !== remote.name),
    );
    await write(session.folder, 'remotes', left);
    const host = removed?.host;
    if (typeof host === 'string' && !left.some((one) => one.host === host))
      await parts.passphrases.forgetLogins(host);
    await session.refresh();
    return remote.name;
  };
}

/** An empty list leaves the file, unless another level of the settings would then come through. */
async function write(
  folder: vscode.WorkspaceFolder,
  name: 'remotes' | 'copyTo',
  values: unknown[],
): Promise<void> {
  await writeSetting(folder, name, values.length > 0 ? values : undefined);
  if (values.length === 0 && readSettings(folder)[name] !== undefined) await writeSetting(folder, name, []);
}
