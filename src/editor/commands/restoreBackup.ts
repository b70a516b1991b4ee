import * as vscode from 'vscode';
import type { RestorePoint } from '../../core/backups/findPoints.ts';
import type { Backup } from '../../core/service.ts';
import { kindOfFile } from '../backupFiles.ts';
import { pickRestorable } from '../input/pickBackup.ts';
import { pickDatabase } from '../input/pickDatabase.ts';
import { pickMediaMode } from '../input/pickMediaMode.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Session } from '../session.ts';
import type { Editor, Handler } from './command.ts';
import { type RestoreChoice, type RestoreParts, restore } from './restore.ts';
import { nodeOf, uriOf } from './targets.ts';

/** *Restore Backup…*: the one or the restore point under the pointer, a file in the explorer, or one that is picked. */
export function createRestoreBackup(parts: RestoreParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Restore Backup');
    const node = nodeOf(first);
    if (node?.type === 'point') return restore(node.session, await askForPoint(node.point), parts);
    if (node?.type === 'backup') return restore(node.session, await askFor(node.session, node.backup), parts);
    const uri = uriOf(first);
    const session = node?.session ?? (await pickSession(parts.sessions, title, uri));
    if (!uri) {
      const picked = await pickRestorable(session, title);
      return restore(
        session,
        'media' in picked ? await askForPoint(picked) : await askFor(session, picked),
        parts,
      );
    }
    const backup = await backupAt(uri, session);
    return restore(session, await askFor(session, backup), parts);
  };
}

/** Database and media together. */
async function askForPoint({ media }: RestorePoint): Promise<RestoreChoice> {
  const mode = await pickMediaMode(vscode.l10n.t('Restore Database and Media'));
  return { file: media.path, what: 'all', mode };
}

/** What a file in the explorer is, by the catalogue or else by its name. */
async function backupAt({ fsPath }: vscode.Uri, session: Session): Promise<Chosen> {
  const { backups } = await session.facts();
  const known = backups.find(({ path }) => path === fsPath);
  return known ?? { path: fsPath, kind: kindOfFile(fsPath), database: undefined };
}

type Chosen = Pick<Backup, 'path' | 'kind' | 'database'>;

async function askFor(session: Session, { path, kind, database }: Chosen): Promise<RestoreChoice> {
  if (kind === 'media') {
    return { file: path, what: 'media', mode: await pickMediaMode(vscode.l10n.t('Restore Media')) };
  }
  const project = await session.project();
  const named = project.databases.find(({ alias }) => alias === database);
  const target = named ?? (await pickDatabase(project, vscode.l10n.t('Restore Into')));
  return { file: path, what: 'database', ...(target ? { database: target.alias } : {}) };
}
