import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { RestorePoint } from '../../core/backups/findPoints.ts';
import { pickPoint } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { views } from '../settings.ts';
import { partsOf } from '../views/points.ts';
import { format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { sayWritten } from './sayWritten.ts';
import { nodeOf } from './targets.ts';

/** *Export Restore Point…*: one zip to hand on, which opens with gpg, sqlite3 and tar. */
export function createExportRestorePoint({
  service,
  sessions,
  tasks,
}: Pick<Editor, 'service' | 'sessions' | 'tasks'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Export Restore Point');
    const node = nodeOf(first);
    const session = node?.session ?? (await pickSession(sessions, title));
    const point = node?.type === 'point' ? node.point : await pickPoint(session, title);
    const target = await askForTarget(session, point, title);
    const ask = {
      project: session.request,
      files: partsOf(point).map(({ path }) => path),
      output: target.fsPath,
    };
    const name = basename(target.fsPath);
    const work = { title: vscode.l10n.t('Writing {0}', name), plan: plans.crypt, view: views.backups };
    const { path, bytes } = await tasks.run(work, (task) => service.handOver(ask, task));
    sayWritten(
      path,
      vscode.l10n.t('Exported, with a README on how to open it: {0} ({1})', name, format.bytes(bytes)),
    );
    return path;
  };
}

/** Not in the backups folder, where a zip is a backup of media files. @throws CancellationError */
async function askForTarget(session: Session, { media }: RestorePoint, title: string): Promise<vscode.Uri> {
  const [name = 'backups'] = media.file.split('.');
  const target = await vscode.window.showSaveDialog({
    title,
    defaultUri: vscode.Uri.joinPath(session.folder.uri, `hand-over-${name}.zip`),
    filters: { [vscode.l10n.t('Hand-over files')]: ['zip'] },
  });
  if (!target) throw new vscode.CancellationError();
  return target;
}
