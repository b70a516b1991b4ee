import * as vscode from 'vscode';
import type { KeyInfo } from '../../core/service.ts';
import { pickFiles } from '../input/pick.ts';
import { format, keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { offerForProject } from './offerForProject.ts';
import { uriOf } from './targets.ts';

type Parts = Pick<
  Editor,
  'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'welcome' | 'failures' | 'notices'
>;

/** *Import Key…*: from files, binary or armored; returns the keys. `{quiet: true}` leaves the offer to the caller. */
export function createImportKey(parts: Parts): Handler {
  return async (first) => {
    const uri = uriOf(first);
    const files = uri ? [uri] : await askForFiles();
    const keys: KeyInfo[] = [];
    for (const file of files) {
      const data = await vscode.workspace.fs.readFile(file);
      const answer = await parts.tasks.quietly((task) => parts.service.importKeys({ data }, task));
      keys.push(...answer.keys);
      parts.notices.show(answer.warnings);
    }
    await parts.welcome.update();
    const quiet = typeof first === 'object' && first !== null && 'quiet' in first;
    if (!quiet) offerForProject(keys, vscode.l10n.t('Imported: {0}', format.list(keys.map(keyName))), parts);
    return keys;
  };
}

function askForFiles(): Promise<vscode.Uri[]> {
  return pickFiles({
    title: vscode.l10n.t('Import Key'),
    openLabel: vscode.l10n.t('Import'),
    canSelectMany: true,
    filters: {
      [vscode.l10n.t('Keys')]: ['asc', 'gpg', 'pgp', 'key', 'pub', 'txt'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
}
