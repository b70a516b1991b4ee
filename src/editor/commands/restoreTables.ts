import * as vscode from 'vscode';
import type { RestoreAnswer } from '../../core/service.ts';
import type { Asker } from '../../core/task.ts';
import { takeBack } from '../preview/takeBack.ts';
import type { TableNode } from '../views/nodes.ts';
import { aliasFor } from './aliasFor.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'tasks' | 'notices' | 'failures' | 'log' | 'comparisons'>;

/** *Restore This Table*: one or several of a backup that is open in the tree; the other tables stay as they are. */
export function createRestoreTables(parts: Parts): Handler {
  return async (first, all): Promise<RestoreAnswer | undefined> => {
    const [table, ...more] = tablesOf(first, all);
    if (!table) return undefined;
    const { session, backup } = table.parent;
    const names = [table, ...more].filter(({ parent }) => parent.backup.path === backup.path);
    const chosen = names.map(({ table: { name } }) => ({ table: name, rows: 'all' as const }));
    const database = await aliasFor(session, backup.database, vscode.l10n.t('Restore Into'));
    const request = { session, after: backup.path, ...(database === undefined ? {} : { database }) };
    const comparisons = await parts.comparisons.get();
    const opened = await comparisons.compare(request);
    try {
      const details = (ask: Asker) => comparisons.show(request, ask);
      return await takeBack({ session, opened, chosen, details }, parts);
    } finally {
      await comparisons.close(opened);
    }
  };
}

/** The selection, or the one under the pointer where it is not part of it. */
function tablesOf(first: unknown, all: unknown): TableNode[] {
  const selected = Array.isArray(all) ? all : [first];
  return selected.map(nodeOf).filter((node) => node?.type === 'table');
}
