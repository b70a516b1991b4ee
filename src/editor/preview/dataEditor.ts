import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import { DisposableStore } from '../disposables.ts';
import type { Log } from '../log.ts';
import { customEditorOf, customEditors } from '../settings.ts';
import type { BackupView } from './backupView.ts';
import { Look, type LookParts } from './look.ts';

interface BackupDocument extends vscode.CustomDocument {
  look: Look;
}

/** The read-only editor for backups of databases: from the explorer, and from the tree with a table to begin with. */
export class DataEditor implements vscode.CustomReadonlyEditorProvider<BackupDocument>, vscode.Disposable {
  readonly #parts: LookParts;
  readonly #extensionUri: vscode.Uri;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #views = new Map<string, Set<BackupView>>();
  readonly #wanted = new Map<string, string>();

  constructor(parts: LookParts & { log: Log }, extensionUri: vscode.Uri) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#extensionUri = extensionUri;
    const options = { supportsMultipleEditorsPerDocument: true };
    for (const viewType of Object.values(customEditors)) {
      this.#store.add(vscode.window.registerCustomEditorProvider(viewType, this, options));
    }
  }

  /** Opens a backup, at one of its tables where one is named. */
  async show(file: string, table?: string): Promise<void> {
    const uri = vscode.Uri.file(file);
    const key = uri.toString();
    const views = this.#views.get(key);
    if (table !== undefined && !views) this.#wanted.set(key, table);
    await vscode.commands.executeCommand('vscode.openWith', uri, customEditorOf(file));
    if (table !== undefined) for (const view of views ?? []) view.select(table);
  }

  openCustomDocument(uri: vscode.Uri): BackupDocument {
    if (uri.scheme !== 'file') {
      throw new BackupError(
        'no-such-file',
        vscode.l10n.t('Only backups that lie in a folder can be opened.'),
      );
    }
    const look = new Look(uri.fsPath, this.#parts);
    return { uri, look, dispose: () => look.dispose() };
  }

  async resolveCustomEditor({ uri, look }: BackupDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { BackupView } = await import('./backupView.ts');
    const { pageHtml, webviewOptions } = await import('./html.ts');
    const key = uri.toString();
    panel.webview.options = webviewOptions(this.#extensionUri);
    const view = new BackupView(panel.webview, look, this.#log, this.#wanted.get(key));
    this.#wanted.delete(key);
    const views = this.#views.get(key) ?? new Set();
    this.#views.set(key, views.add(view));
    panel.onDidDispose(() => {
      view.dispose();
      views.delete(view);
      if (views.size === 0) this.#views.delete(key);
    });
    panel.webview.html = pageHtml(panel.webview, this.#extensionUri, 'data');
  }

  dispose(): void {
    this.#store.dispose();
  }
}
