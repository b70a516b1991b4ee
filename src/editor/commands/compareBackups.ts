import * as vscode from 'vscode';
import type { Backup } from '../../core/service.ts';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { backupNodesOf, backupsAt, sessionOf, uriOf, urisOf } from './targets.ts';

/** *Compare Two Backups…*: the two that are selected, or the one under the pointer and another, the older one first. */
export function createCompareBackups({
  comparisons,
  sessions,
}: Pick<Editor, 'comparisons' | 'sessions'>): Handler {
  return async (first, all) => {
    const title = vscode.l10n.t('Compare Two Backups');
    const session = sessionOf(first) ?? (await pickSession(sessions, title, uriOf(first)));
    const nodes = backupNodesOf(first, all).map(({ backup }) => backup);
    const listed = nodes.length > 0 ? nodes : await backupsAt(urisOf(first, all), session);
    const chosen = listed.filter(({ kind }) => kind === 'database');
    const one = chosen[0] ?? (await pickBackup(session, title, 'database'));
    const other = chosen[1] ?? (await pickBackup(session, title, 'database', one.path));
    const [before, after] = [one, other].sort((a, b) => (a.date < b.date ? -1 : 1)) as [Backup, Backup];
    return (await comparisons.get()).show({ session, before: before.path, after: after.path });
  };
}
