import * as vscode from 'vscode';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { aliasFor } from './aliasFor.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf } from './targets.ts';

/** *Compare with Current Database*: what a restore of a backup would change, row by row. */
export function createCompareWithDatabase({
  comparisons,
  sessions,
}: Pick<Editor, 'comparisons' | 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Compare with Current Database');
    const node = nodeOf(first);
    const uri = uriOf(first);
    const session = node?.session ?? (await pickSession(sessions, title, uri));
    const backup = await chosen();
    const database = await aliasFor(session, backup.database, vscode.l10n.t('Compare With'));
    const request = { session, after: backup.path, ...(database === undefined ? {} : { database }) };
    return (await comparisons.get()).show(request);

    async function chosen(): Promise<{ path: string; database: string | undefined }> {
      if (node?.type === 'backup') return node.backup;
      if (!uri) return pickBackup(session, title, 'database');
      const { backups } = await session.facts();
      return backups.find(({ path }) => path === uri.fsPath) ?? { path: uri.fsPath, database: undefined };
    }
  };
}
