import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { BackupAnswer } from '../../core/service.ts';
import { pickSession } from '../input/pickSession.ts';
import { migrate } from '../migrate.ts';
import { commands } from '../settings.ts';
import { type BackUpParts, backUp } from './backUp.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';

/** *Back Up, Then Migrate*: all databases, then `manage.py migrate` in a terminal. Where that fails, the way back is a button. */
export function createBackUpThenMigrate(parts: BackUpParts & Pick<Editor, 'sessions' | 'failures'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Back Up, Then Migrate');
    const session = sessionOf(first) ?? (await pickSession(parts.sessions, title));
    const { managePath, databases } = await session.project();
    if (managePath === undefined) {
      throw new BackupError(
        'no-such-file',
        vscode.l10n.t('There is no manage.py in this folder.'),
        vscode.l10n.t('Open the folder of a Django project.'),
      );
    }
    const aliases = databases.map(({ alias }) => alias);
    const ask = { project: session.request, what: 'database', databases: aliases } as const;
    const answer = await backUp(session, ask, parts);
    const exit = await migrate(session, managePath, title);
    await session.refresh();
    if (exit !== 0) sayFailed(exit, answer).catch((error: unknown) => parts.failures.show(error));
    return { ...answer, exit };
  };
}

async function sayFailed(exit: number | undefined, { backups }: BackupAnswer): Promise<void> {
  const restore = vscode.l10n.t('Restore Backup');
  const compare = vscode.l10n.t('Compare with Current Database');
  const message =
    exit === undefined
      ? vscode.l10n.t('The migration could not be run to its end. The backup from before it is there.')
      : vscode.l10n.t('The migration failed ({0}). The backup from before it is there.', exit);
  const chosen = await vscode.window.showWarningMessage(message, restore, compare);
  const [made] = backups;
  if (!made) return;
  const file = vscode.Uri.file(made.path);
  if (chosen === restore) await vscode.commands.executeCommand(commands.restoreBackup, file);
  if (chosen === compare) await vscode.commands.executeCommand(commands.compareWithDatabase, file);
}
