import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickOne } from '../input/pick.ts';
import { pickSession } from '../input/pickSession.ts';
import { dot, format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';
import { undoRestore } from './undo.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks'>;

/** *Undo History…*: any of the copies that restores have kept, not only the last one. */
export function createUndoHistory(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Undo History');
    const session = sessionOf(first) ?? (await pickSession(parts.sessions, title));
    const copies = await parts.tasks.quietly((task) =>
      parts.service.undoCopies({ project: session.request }, task),
    );
    if (copies.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('No restore of this project can be undone.'));
      return undefined;
    }
    const now = new Date();
    const id = await pickOne(
      title,
      vscode.l10n.t('Bring back what was there before a restore'),
      copies.map((copy) => ({
        label: vscode.l10n.t('Before the restore of {0}', copy.before),
        description: format.ago(new Date(copy.date), now),
        detail: [basename(copy.target), format.bytes(copy.bytes)].join(dot),
        iconPath: new vscode.ThemeIcon(copy.kind === 'media' ? 'file-media' : 'database'),
        value: copy.id,
      })),
    );
    return undoRestore(session, id, parts);
  };
}

/** *Purge Undo Copies*: they are as readable as the live database; asked before. */
export function createPurgeUndo(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Purge Undo Copies');
    const session = sessionOf(first) ?? (await pickSession(parts.sessions, title));
    const project = { project: session.request };
    const copies = await parts.tasks.quietly((task) => parts.service.undoCopies(project, task));
    const purge = vscode.l10n.t('Delete');
    const detail = vscode.l10n.t('The last restore can then not be undone any more.');
    const message = vscode.l10n.t(
      'Delete all undo copies of this project ({0})?',
      format.number(copies.length),
    );
    if (copies.length > 0) {
      const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, purge);
      if (answer !== purge) return undefined;
    }
    const ask = { passphrase: async () => undefined, confirm: async () => true };
    const { removed } = await parts.tasks.quietly((task) =>
      parts.service.purgeUndo(project, { ...task, ask }),
    );
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Undo copies deleted: {0}', format.number(removed.length)),
    );
    return removed;
  };
}
