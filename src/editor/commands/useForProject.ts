import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { makeKey } from './firstRecipient.ts';
import { keysOf } from './targets.ts';
import { useKeys } from './useKeys.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'failures'>;

/** *Use for This Project*: the selected keys, or those that are picked, become its recipients. */
export function createUseForProject(parts: Parts): Handler {
  return async (first, all) => {
    const title = vscode.l10n.t('Use for This Project');
    const selected = keysOf(first, all);
    const session = await pickSession(parts.sessions, title);
    const { project } = await session.facts();
    if (selected.length > 0) return useKeys(session, selected, parts);
    const keys = await parts.recipients.usableKeys();
    const picked = keys.length > 0 ? await parts.recipients.pick(title, keys, project?.recipients) : 'create';
    const chosen = picked === 'create' || picked === 'import' ? await makeKey(picked) : picked.keys;
    return useKeys(session, chosen, parts);
  };
}
