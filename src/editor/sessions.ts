import * as vscode from 'vscode';
import { DisposableStore } from './disposables.ts';
import type { Session } from './session.ts';

/** A session for each folder of the workspace that lies on a disk. */
export class Sessions implements vscode.Disposable {
  readonly #create: (folder: vscode.WorkspaceFolder) => Session;
  readonly #open = new Map<string, { session: Session; store: DisposableStore }>();
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());

  /** A session's facts changed, or a folder came or went. */
  readonly onDidChange = this.#changed.event;

  constructor(create: (folder: vscode.WorkspaceFolder) => Session) {
    this.#create = create;
    this.#follow();
    this.#store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#follow();
        this.#changed.fire();
      }),
    );
  }

  /** In the workspace's order. */
  get all(): Session[] {
    return (vscode.workspace.workspaceFolders ?? [])
      .map((folder) => this.#open.get(folder.uri.toString())?.session)
      .filter((session) => session !== undefined);
  }

  /** The session whose folder holds a file. */
  holding(uri: vscode.Uri): Session | undefined {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    return folder && this.#open.get(folder.uri.toString())?.session;
  }

  async refresh(): Promise<void> {
    await Promise.all(this.all.map((session) => session.refresh()));
  }

  dispose(): void {
    for (const { store } of this.#open.values()) store.dispose();
    this.#open.clear();
    this.#store.dispose();
  }

  #follow(): void {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const wanted = new Map(folders.map((folder) => [folder.uri.toString(), folder]));
    for (const [key, { store }] of this.#open) {
      if (wanted.has(key)) continue;
      store.dispose();
      this.#open.delete(key);
    }
    for (const [key, folder] of wanted) {
      if (!this.#open.has(key)) this.#open.set(key, this.#start(folder));
    }
  }

  #start(folder: vscode.WorkspaceFolder) {
    const store = new DisposableStore();
    const session = store.add(this.#create(folder));
    store.add(session.onDidChange(() => this.#changed.fire()));
    return { session, store };
  }
}
