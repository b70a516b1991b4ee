import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { makeKey } from './firstRecipient.ts';
import { sessionOf } from './targets.ts';
import { useKeys } from './useKeys.ts';

/** *Choose Recipients…*: whose keys will open this folder's next backups. */
export function createChooseRecipients(
  parts: Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'failures'>,
): Handler {
  return async (first) => {
    const { sessions, recipients } = parts;
    const title = vscode.l10n.t('Choose Recipients');
    const session = sessionOf(first) ?? (await pickSession(sessions, title));
    const { project } = await session.facts();
    const keys = await recipients.usableKeys();
    const picked = keys.length > 0 ? await recipients.pick(title, keys, project?.recipients) : 'create';
    const chosen = picked === 'create' || picked === 'import' ? await makeKey(picked) : picked.keys;
    await useKeys(session, chosen, parts);
    return chosen;
  };
}
