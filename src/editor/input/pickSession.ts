import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { pickOne } from './pick.ts';

/**
 * The folder that is meant: the one that holds the given file, the only one, or the one that the user picks, with the
 * active editor's folder first.
 * @throws CancellationError, BackupError no-database where no folder is open
 */
export async function pickSession(sessions: Sessions, title: string, uri?: vscode.Uri): Promise<Session> {
  const holding = uri && sessions.holding(uri);
  if (holding) return holding;
  const [first, ...more] = sessions.all;
  if (!first) {
    throw new BackupError(
      'no-database',
      vscode.l10n.t('No folder is open.'),
      vscode.l10n.t('Open the folder of your project.'),
    );
  }
  if (more.length === 0) return first;
  const active = vscode.window.activeTextEditor?.document.uri;
  const likely = (active && sessions.holding(active)) ?? first;
  const ordered = [likely, ...sessions.all.filter((session) => session !== likely)];
  return pickOne(
    title,
    vscode.l10n.t('Choose a folder'),
    ordered.map((session) => ({
      label: session.folder.name,
      description: session.folder.uri.fsPath,
      iconPath: new vscode.ThemeIcon('folder'),
      value: session,
    })),
  );
}
