import * as vscode from 'vscode';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf } from './targets.ts';

/** *Open Backup*: the one under the pointer at one of its tables, a file in the explorer, or one that is picked. */
export function createOpenBackup({ data, sessions }: Pick<Editor, 'data' | 'sessions'>): Handler {
  return async (first) => {
    const node = nodeOf(first);
    if (node?.type === 'backup') return data.show(node.backup.path);
    if (node?.type === 'table') return data.show(node.parent.backup.path, node.table.name);
    const uri = uriOf(first);
    if (uri) return data.show(uri.fsPath);
    const title = vscode.l10n.t('Open Backup');
    const session = node?.session ?? (await pickSession(sessions, title));
    return data.show((await pickBackup(session, title, 'database')).path);
  };
}
