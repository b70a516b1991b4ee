import * as vscode from 'vscode';
import { replaceFile } from '../core/files/replaceFile.ts';

/** Writes what nobody else should read; on this machine's own disk only its owner can (0600), whole or not at all. */
export async function writePrivate(target: vscode.Uri, text: string): Promise<void> {
  if (target.scheme === 'file') await replaceFile(target.fsPath, text);
  else await vscode.workspace.fs.writeFile(target, Buffer.from(text));
}
