import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Service } from '../core/service.ts';
import { Debounced } from './debounce.ts';
import { DisposableStore } from './disposables.ts';

const quietMs = 250;

const changing: ReadonlySet<keyof Service> = new Set([
  'generateKey',
  'importKeys',
  'importFromGnuPG',
  'exportToGnuPG',
  'noteExported',
  'deleteKey',
  'revokeKey',
  'extendKey',
  'changePassphrase',
]);

/** Tells when a key has come, gone or changed in the keyring, whoever did it: a command here, or a terminal. */
export class KeysWatch implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #soon = this.#store.add(new Debounced(() => this.#changed.fire(), quietMs));
  readonly onDidChange = this.#changed.event;

  /** @param home `DBBACKUP_HOME`. A keyring that does not exist yet is not watched: {@link telling} sees its first key. */
  constructor(home: string) {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(join(home, 'keyring')), '*.{asc,new}');
    const watcher = this.#store.add(vscode.workspace.createFileSystemWatcher(pattern));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) {
      this.#store.add(event(() => this.#soon.schedule()));
    }
  }

  /** The same service, which tells of the keys that it changes itself. */
  telling(service: Service): Service {
    return new Proxy(service, {
      get: (target, method: keyof Service) => {
        const call = target[method] as (ask: unknown, task: unknown) => Promise<unknown>;
        if (!changing.has(method)) return call;
        return (ask: unknown, task: unknown) => call(ask, task).finally(() => this.#soon.schedule());
      },
    });
  }

  dispose(): void {
    this.#store.dispose();
  }
}
