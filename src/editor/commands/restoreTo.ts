import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { RestoreAnswer } from '../../core/service.ts';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf } from './targets.ts';
import { warningFixes } from './warningFixes.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'notices' | 'data'>;

/** *Restore to New File…*: into a database beside the live one, opened at once. */
export function createRestoreTo(parts: Parts): Handler {
  return async (first): Promise<RestoreAnswer> => {
    const title = vscode.l10n.t('Restore to New File');
    const node = nodeOf(first);
    const uri = uriOf(first);
    const session = node?.session ?? (await pickSession(parts.sessions, title, uri));
    const chosen = async () => (await pickBackup(session, title, 'database')).path;
    const file = node?.type === 'backup' ? node.backup.path : (uri?.fsPath ?? (await chosen()));
    const into = await vscode.window.showSaveDialog({
      title,
      saveLabel: vscode.l10n.t('Restore'),
      defaultUri: vscode.Uri.file(join(session.folder.uri.fsPath, `${stemOf(file)}.sqlite3`)),
      filters: { [vscode.l10n.t('SQLite databases')]: ['sqlite3', 'sqlite', 'db'] },
    });
    if (!into) throw new vscode.CancellationError();
    const work = { title: vscode.l10n.t('Restoring {0}', basename(file)), plan: plans.restore };
    const ask = { project: session.request, file, what: 'database', into: into.fsPath } as const;
    const answer = await parts.tasks.run(work, (task) => parts.service.restore(ask, task));
    parts.notices.show(answer.warnings, warningFixes);
    await parts.data.show(answer.restored.target);
    return answer;
  };
}

function stemOf(file: string): string {
  return basename(file).replace(/(\.(dump|sql|sqlite3|gz|gpg|asc|pgp))+$/i, '');
}
