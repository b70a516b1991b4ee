import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { GivenFile, TakeInAnswer } from '../../core/service.ts';
import { pickFiles } from '../input/pick.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import { views } from '../settings.ts';
import { backupCount, format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';

/** *Import Restore Point…*: hand-over files and backup files, picked or dropped onto the view. Nothing is replaced. */
export function createImportRestorePoint({
  service,
  sessions,
  tasks,
  tree,
}: Pick<Editor, 'service' | 'sessions' | 'tasks' | 'tree'>): Handler {
  return async (first, dropped) => {
    const title = vscode.l10n.t('Import Restore Point');
    const session = sessionOf(first) ?? (await pickSession(sessions, title));
    const given = filesIn(dropped) ?? (await askForFiles(title));
    const files = given.map((file) => (file instanceof vscode.Uri ? file.fsPath : file));
    const ask = { project: session.request, files };
    const work = { title: vscode.l10n.t('Taking backups in'), plan: plans.copy, view: views.backups };
    const answer = await tasks.run(work, (task) => service.takeIn(ask, task));
    await session.refresh();
    const [path = answer.known[0]] = answer.taken;
    if (path !== undefined) await tree.show(session, path);
    sayTakenIn(answer);
    return answer;
  };
}

/** What the view hands over; the rows that a menu hands over are no files. */
function filesIn(dropped: unknown): (vscode.Uri | GivenFile)[] | undefined {
  const files = Array.isArray(dropped) ? dropped.filter(isFile) : [];
  return files.length > 0 ? files : undefined;
}

function isFile(one: unknown): one is vscode.Uri | GivenFile {
  return one instanceof vscode.Uri || (typeof one === 'object' && one !== null && 'data' in one);
}

function askForFiles(title: string): Promise<vscode.Uri[]> {
  return pickFiles({
    title,
    openLabel: vscode.l10n.t('Import'),
    canSelectMany: true,
    filters: {
      [vscode.l10n.t('Hand-over files and backups')]: ['zip', 'gpg', 'asc', 'gz', 'dump', 'sqlite3', 'tar'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
}

function sayTakenIn({ taken, known }: TakeInAnswer): void {
  const names = format.list(taken.map((path) => basename(path)));
  const message =
    taken.length > 0
      ? vscode.l10n.t('{0} taken in: {1}', backupCount(taken.length), names)
      : vscode.l10n.t('Nothing is new: {0} of the same content is there already.', backupCount(known.length));
  void vscode.window.showInformationMessage(message);
}
