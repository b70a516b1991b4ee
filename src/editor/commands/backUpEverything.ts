import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import { type BackUpParts, backUp } from './backUp.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf, uriOf } from './targets.ts';

/** *Back Up Everything*: all databases and the media files with one timestamp, which makes a restore point. */
export function createBackUpEverything(parts: BackUpParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Back Up Everything');
    const session = sessionOf(first) ?? (await pickSession(parts.sessions, title, uriOf(first)));
    return backUp(session, { project: session.request, what: 'all' }, parts);
  };
}
