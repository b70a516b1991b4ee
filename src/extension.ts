import type * as vscode from 'vscode';
import { Extension } from './editor/extension.ts';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(new Extension(context));
}
