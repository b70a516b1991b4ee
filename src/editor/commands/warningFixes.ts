import * as vscode from 'vscode';
import type { Warning } from '../../core/task.ts';
import type { NoticeFix } from '../notices.ts';
import type { Session } from '../session.ts';
import { commands } from '../settings.ts';

/** What a user can do about a warning, as buttons. */
export function warningFixes(_session: Session): (warning: Warning) => NoticeFix[] {
  return ({ code }) => {
    switch (code) {
      default:
        return [
          {
            title: vscode.l10n.t('Open Settings'),
            run: () => vscode.commands.executeCommand(commands.openSettings),
          },
        ];
    }
  };
}
