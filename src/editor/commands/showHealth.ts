import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';

/** *Show Health*: how the backups of a folder are doing, and what can be done about what is wrong. */
export function createShowHealth({
  sessions,
  health,
  healthPages,
}: Pick<Editor, 'sessions' | 'health' | 'healthPages'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Show Health');
    const session = sessionOf(first) ?? (await pickSession(sessions, title));
    await health.refresh();
    const known = health.known.find((one) => one.session === session);
    if (!known) {
      const { failure } = await session.facts();
      throw (
        failure ??
        new BackupError('no-database', vscode.l10n.t('There is nothing to back up in this folder.'))
      );
    }
    (await healthPages.get()).show(session);
    return known.answer;
  };
}
