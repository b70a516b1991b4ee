import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { Log } from '../log.ts';
import type { Look } from './look.ts';
import { type FromView, pageRows, type ToView } from './protocol.ts';
import { sayError } from './sayError.ts';
import { viewWords } from './words.ts';

/** One webview that shows a backup's tables, a page at a time. */
export class BackupView implements vscode.Disposable {
  readonly #webview: vscode.Webview;
  readonly #look: Look;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  #table: string | undefined;

  constructor(webview: vscode.Webview, look: Look, log: Log, table?: string) {
    this.#webview = webview;
    this.#look = look;
    this.#log = log;
    this.#table = table;
    this.#store.add(webview.onDidReceiveMessage((message: FromView) => void this.#receive(message)));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#open()));
  }

  select(table: string): void {
    this.#table = table;
    this.#send({ type: 'select', table });
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #receive(message: FromView): Promise<void> {
    if (message.type === 'ready' && message.again && !this.#look.isOpen) return this.#sayClosed();
    if (message.type === 'ready' || message.type === 'open') return this.#open();
    if (message.type !== 'rows' && message.type !== 'cell') return undefined;
    const { request } = message;
    try {
      if (message.type === 'rows') {
        const page = await this.#look.page({ ...message.view, limit: pageRows });
        this.#send({ type: 'rows', request, ...page });
      } else {
        const cell = await this.#look.cell({ ...message.view, row: message.row, column: message.column });
        this.#send({ type: 'cell', request, cell });
      }
    } catch (error) {
      this.#send({ type: 'failed', request, message: sayError(error, this.#log) });
    }
  }

  async #open(): Promise<void> {
    const words = viewWords();
    try {
      const { tables, warnings } = await this.#look.open();
      const notes = warnings.map(({ message, hint }) => [message, hint].filter(Boolean).join(' '));
      const table = this.#table === undefined ? {} : { table: this.#table };
      this.#send({ type: 'opened', tables, notes, words, language: vscode.env.language, ...table });
    } catch (error) {
      this.#send({ type: 'closed', message: sayError(error, this.#log), retry: words.retry });
    }
  }

  /** An editor that comes back with the window must not ask for passphrases. */
  #sayClosed(): void {
    const message = vscode.l10n.t('This backup is closed.');
    this.#send({ type: 'closed', message, retry: viewWords().retry });
  }

  #send(message: ToView): void {
    void this.#webview.postMessage(message);
  }
}
