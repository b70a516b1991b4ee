import * as vscode from 'vscode';
import { type ToolName, toolNames } from '../agents/toolNames.ts';
import type { EditorInput, ToolParts } from './invokeTool.ts';

/** Offers the agents' tools to the editor's chat. Whoever restores is always asked, with what would change. */
export function registerLanguageModelTools(parts: ToolParts): vscode.Disposable[] {
  return toolNames.map((name) =>
    vscode.lm.registerTool<EditorInput>(`dbbackup_${name}`, {
      prepareInvocation: ({ input }) => {
        const question = asking(name, input);
        const confirmationMessages = question && { title: question[0], message: question[1] };
        return { invocationMessage: saying(name), ...(confirmationMessages && { confirmationMessages }) };
      },
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

/** What the chat asks before a tool that writes, and a sentence on it. What a restore would change is shown, and asked about, after that. */
export function asking(
  name: ToolName,
  { file, what = 'database' }: EditorInput,
): [string, string] | undefined {
  if (name === 'create_backup') {
    return [
      vscode.l10n.t('Make a backup?'),
      {
        database: vscode.l10n.t('Of the database, in the backups folder of this project.'),
        media: vscode.l10n.t('Of the media files, in the backups folder of this project.'),
        all: vscode.l10n.t('Of the database and the media files, in the backups folder of this project.'),
      }[what],
    ];
  }
  if (name !== 'restore_backup') return undefined;
  return [
    file === undefined ? vscode.l10n.t('Restore the newest backup?') : vscode.l10n.t('Restore {0}?', file),
    vscode.l10n.t('You are shown what would change before anything does, and what is there now is kept.'),
  ];
}
