import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';
import { undoRestore } from './undo.ts';

/** *Undo Last Restore*; undoing that again brings the restored content back. */
export function createUndoLastRestore(parts: Pick<Editor, 'service' | 'sessions' | 'tasks'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Undo Last Restore');
    const session = sessionOf(first) ?? (await pickSession(parts.sessions, title));
    return undoRestore(session, undefined, parts);
  };
}
