import * as vscode from 'vscode';
import { type ToolName, toolNames } from '../agents/toolNames.ts';
import type { EditorInput, ToolParts } from './invokeTool.ts';

/** Offers the agents' tools to the editor's chat. Whoever restores is always asked, with what would change. */
export function registerLanguageModelTools(parts: ToolParts): vscode.Disposable[] {
  return toolNames.map((name) =>
    vscode.lm.registerTool<EditorInput>(`dbbackup_${name}`, {
      prepareInvocation: () => ({ invocationMessage: saying(name) }),
      invoke: async ({ input }, token) => {
        const { invokeTool } = await import('./invokeTool.ts');
        return invokeTool(name, saying(name), input, parts, token);
      },
    }),
  );
}

function saying(name: ToolName): string {
  switch (name) {
    case 'list_backups':
      return vscode.l10n.t('Listing backups');
    case 'create_backup':
      return vscode.l10n.t('Backing up');
    case 'verify_backup':
      return vscode.l10n.t('Verifying a backup');
    case 'compare_backup':
      return vscode.l10n.t('Comparing a backup with the live data');
    case 'restore_backup':
      return vscode.l10n.t('Restoring a backup');
  }
}
