import * as vscode from 'vscode';
import { pickBackup } from '../input/pickBackup.ts';
import { pickMediaMode } from '../input/pickMediaMode.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { type RestoreParts, restore } from './restore.ts';
import { nodeOf } from './targets.ts';

/** *Restore Media…*: the media backup under the pointer, or one that is picked, in the way that is picked. */
export function createRestoreMedia(parts: RestoreParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Restore Media');
    const node = nodeOf(first);
    const session = node?.session ?? (await pickSession(parts.sessions, title));
    const chosen = node?.type === 'backup' && node.backup.kind === 'media' ? node.backup : undefined;
    const { path } = chosen ?? (await pickBackup(session, title, 'media'));
    return restore(session, { file: path, what: 'media', mode: await pickMediaMode(title) }, parts);
  };
}
