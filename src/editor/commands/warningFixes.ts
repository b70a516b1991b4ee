import * as vscode from 'vscode';
import type { Warning } from '../../core/task.ts';
import type { NoticeFix } from '../notices.ts';
import { commands } from '../settings.ts';

/** What a user can do about a warning, as buttons. */
export function warningFixes({ code }: Warning): NoticeFix[] {
  if (code !== 'setting-ignored') return [];
  const title = vscode.l10n.t('Open Settings');
  return [{ title, run: () => vscode.commands.executeCommand(commands.openSettings) }];
}
