import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { Sessions } from '../sessions.ts';
import { contextKeys } from '../settings.ts';

/** Keeps the context keys that say what the open projects have. */
export class ProjectContext implements vscode.Disposable {
  readonly #sessions: Sessions;
  readonly #store = new DisposableStore();
  #told = '';

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    this.#store.add(sessions.onDidChange(() => void this.#tell()));
    void this.#tell();
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #tell(): Promise<void> {
    const facts = await Promise.all(this.#sessions.all.map((session) => session.facts()));
    const folders = facts.flatMap(({ project }) => (project ? [vscode.Uri.file(project.backupsFolder)] : []));
    // A remote window knows files by the path of their address, a local one as the system writes them.
    const paths = [...new Set(folders.flatMap(({ path, fsPath }) => [path, fsPath]))];
    const hasManage = facts.some(({ project }) => project?.managePath !== undefined);
    const now = JSON.stringify([paths, hasManage]);
    if (now === this.#told) return;
    this.#told = now;
    await vscode.commands.executeCommand('setContext', contextKeys.backupsFolders, paths);
    await vscode.commands.executeCommand('setContext', contextKeys.hasManage, hasManage);
  }
}
