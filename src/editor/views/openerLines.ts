import * as vscode from 'vscode';
import type { MessageRecipients } from '../../core/service.ts';
import { shortFingerprint } from '../words.ts';

/** Whose keys open a message, a line each, the user's own first. */
export function openerLines({ recipients, symmetric }: MessageRecipients): string[] {
  const ordered = [...recipients].sort((a, b) => Number(b.secret) - Number(a.secret));
  return [...ordered.map(keyLine), ...(symmetric ? [vscode.l10n.t('whoever knows its passphrase')] : [])];
}

function keyLine({ keyId, userId, secret }: MessageRecipients['recipients'][number]): string {
  if (/^0+$/.test(keyId)) return vscode.l10n.t('a key that is not named');
  const name = userId ?? vscode.l10n.t('an unknown key, {0}', shortFingerprint(keyId));
  return secret
    ? vscode.l10n.t('{0} (you hold this key)', name)
    : vscode.l10n.t('{0} (you do not hold this key)', name);
}
