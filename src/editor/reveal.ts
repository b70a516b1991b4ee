import { dirname } from 'node:path';
import * as vscode from 'vscode';

/** Shows a file where files are: in the system's file manager, or in the editor's explorer where that is elsewhere. */
export async function revealFile(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  const local = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  if (local) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else {
    const copy = vscode.l10n.t('Copy Path');
    const message = vscode.l10n.t('The file lies outside this workspace, in {0}.', dirname(path));
    if ((await vscode.window.showInformationMessage(message, copy)) === copy) {
      await vscode.env.clipboard.writeText(path);
    }
  }
}
