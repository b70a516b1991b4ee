import * as vscode from 'vscode';
import { pickBackups } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Session } from '../session.ts';
import { backupCount } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { backupNodesOf, sessionOf } from './targets.ts';

/** *Delete Backup*: of the selection, or of what is picked. It cannot be undone, so it is asked. */
export function createDeleteBackup({
  service,
  sessions,
  tasks,
  tree,
}: Pick<Editor, 'service' | 'sessions' | 'tasks' | 'tree'>): Handler {
  return async (first, all) => {
    const selected = isByKey(first) ? tree.selection : all;
    const chosen = await filesOf(first, selected, sessions);
    const names = [...chosen.values()].flat().map(({ file }) => file);
    if (!(await confirmDelete(names))) return undefined;
    const removed: string[] = [];
    for (const [session, backups] of chosen) {
      const files = backups.map(({ path }) => path);
      const answer = await tasks
        .quietly((task) => service.deleteBackups({ project: session.request, files }, task))
        .finally(() => session.refresh());
      removed.push(...answer.removed);
    }
    return removed;
  };
}

/** The Delete key, with the arguments of its keybinding. */
function isByKey(first: unknown): boolean {
  return typeof first === 'object' && first !== null && 'selection' in first;
}

type Chosen = Map<Session, { file: string; path: string }[]>;

async function filesOf(first: unknown, all: unknown, sessions: Editor['sessions']): Promise<Chosen> {
  const nodes = backupNodesOf(first, all);
  if (nodes.length > 0) {
    const chosen: Chosen = new Map();
    for (const { session, backup } of nodes) chosen.set(session, [...(chosen.get(session) ?? []), backup]);
    return chosen;
  }
  if (isByKey(first)) throw new vscode.CancellationError();
  const title = vscode.l10n.t('Delete Backup');
  const session = sessionOf(first) ?? (await pickSession(sessions, title));
  return new Map([[session, await pickBackups(session, title)]]);
}

async function confirmDelete(names: string[]): Promise<boolean> {
  const button = vscode.l10n.t('Delete');
  const message =
    names.length === 1
      ? vscode.l10n.t('Delete the backup {0}?', names[0] ?? '')
      : vscode.l10n.t('Delete {0}?', backupCount(names.length));
  const detail = [...(names.length > 1 ? [names.join('\n')] : []), vscode.l10n.t('This cannot be undone.')];
  const options = { modal: true, detail: detail.join('\n\n') };
  return (await vscode.window.showWarningMessage(message, options, button)) === button;
}
