import * as vscode from 'vscode';
import type { Session } from './session.ts';
import { configurationSection } from './settings.ts';

/** Whether a restore says first what it will change, and waits for an answer. Undo and deletion always do. */
export function asksBeforeRestore({ folder }: Session): boolean {
  return vscode.workspace.getConfiguration(configurationSection, folder.uri).get('confirmRestore', true);
}
