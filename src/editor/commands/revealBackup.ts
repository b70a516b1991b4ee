import * as vscode from 'vscode';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { revealFile } from '../reveal.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf } from './targets.ts';

/** *Reveal in File Explorer*. */
export function createRevealBackup({ sessions }: Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const node = nodeOf(first);
    if (node?.type === 'backup') return revealFile(node.backup.path);
    if (node?.type === 'point') return revealFile(node.point.media.path);
    const title = vscode.l10n.t('Reveal in File Explorer');
    const session = node?.session ?? (await pickSession(sessions, title));
    return revealFile((await pickBackup(session, title)).path);
  };
}
