import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import { type BackUpParts, backUp } from './backUp.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';

/** *Back Up Media*: the project's media folder, as one archive. */
export function createBackUpMedia(parts: BackUpParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Back Up Media');
    const session = sessionOf(first) ?? (await pickSession(parts.sessions, title));
    return backUp(session, { project: session.request, what: 'media' }, parts);
  };
}
