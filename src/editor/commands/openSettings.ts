import * as vscode from 'vscode';
import type { Handler } from './command.ts';

/** *Open Settings*: this extension's, those of the workspace where one is open. */
export function createOpenSettings(extensionId: string): Handler {
  return async () => {
    const open = vscode.workspace.workspaceFolders?.length
      ? 'workbench.action.openWorkspaceSettings'
      : 'workbench.action.openSettings';
    const query = `@ext:${extensionId}`;
    await vscode.commands.executeCommand(open, open.endsWith('WorkspaceSettings') ? { query } : query);
  };
}
