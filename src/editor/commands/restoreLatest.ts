import * as vscode from 'vscode';
import { pickDatabase } from '../input/pickDatabase.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { type RestoreParts, restore } from './restore.ts';
import { nodeOf } from './targets.ts';

/** *Restore Latest Backup*: the newest one of a database. */
export function createRestoreLatest(parts: RestoreParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Restore Latest Backup');
    const node = nodeOf(first);
    const session = node?.session ?? (await pickSession(parts.sessions, title));
    const alias =
      node?.type === 'group'
        ? node.group.database
        : (await pickDatabase(await session.project(), title))?.alias;
    return restore(session, { what: 'database', ...(alias === undefined ? {} : { database: alias }) }, parts);
  };
}
