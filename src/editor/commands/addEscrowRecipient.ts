import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { makeKey } from './firstRecipient.ts';
import { keysOf, uriOf } from './targets.ts';
import { useNames } from './useKeys.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'failures'>;

/** *Add an Escrow Recipient…*: a key that opens the backups too, where the first one or its passphrase is lost. */
export function createAddEscrowRecipient(parts: Parts): Handler {
  return async (first, all) => {
    const { recipients, sessions } = parts;
    const title = vscode.l10n.t('Add an Escrow Recipient');
    const session = await pickSession(sessions, title, uriOf(first));
    const { recipients: present } = await session.project();
    const selected = keysOf(first, all);
    const keys = selected.length > 0 ? selected : await pickOther(title, present, recipients);
    return useNames(session, [...present, ...(await recipients.namesFor(keys))], parts);
  };
}

/** Without another key there is only one way: somebody else's is imported. */
async function pickOther(title: string, present: readonly string[], recipients: Editor['recipients']) {
  const others = await recipients.othersThan(present);
  const picked = others.length > 0 ? await recipients.pick(title, others) : 'import';
  return picked === 'create' || picked === 'import' ? makeKey(picked) : picked.keys;
}
