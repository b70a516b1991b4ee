import * as vscode from 'vscode';
import type { Service } from '../../core/service.ts';
import { ContextKey } from '../contextKey.ts';
import { DisposableStore } from '../disposables.ts';
import type { Log } from '../log.ts';
import type { Sessions } from '../sessions.ts';
import { type BackupsState, contextKeys } from '../settings.ts';
import type { Tasks } from '../tasks.ts';

/** Keeps the context key that decides which welcome content the empty view *Backups* shows. */
export class Welcome implements vscode.Disposable {
  readonly #sessions: Sessions;
  readonly #service: Service;
  readonly #tasks: Tasks;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #state = new ContextKey<BackupsState>(contextKeys.backupsState);

  constructor(sessions: Sessions, service: Service, tasks: Tasks, log: Log) {
    this.#sessions = sessions;
    this.#service = service;
    this.#tasks = tasks;
    this.#log = log;
    const update = () => void this.update();
    this.#store.add(sessions.onDidChange(update));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(update));
    void this.update();
  }

  /** To be called where keys have come or gone, too. */
  async update(): Promise<void> {
    const state = await this.#find().catch((error: unknown) => {
      this.#log.error(error instanceof Error ? error : String(error));
      return 'no-backups' as const;
    });
    await this.#state.set(state);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #find(): Promise<BackupsState> {
    if (this.#sessions.all.length === 0) return 'no-folder';
    const facts = await Promise.all(this.#sessions.all.map((session) => session.facts()));
    if (facts.some(({ backups }) => backups.length > 0)) return 'filled';
    if (facts.some(({ failure }) => failure)) return 'failed';
    const projects = facts.map(({ project }) => project).filter((project) => project !== undefined);
    if (projects.every(({ databases, mediaRoot }) => databases.length === 0 && mediaRoot === undefined)) {
      return 'no-database';
    }
    const wantsKey = vscode.workspace.isTrusted && projects.some(({ encrypt }) => encrypt);
    return wantsKey && !(await this.#hasKey()) ? 'no-key' : 'no-backups';
  }

  async #hasKey(): Promise<boolean> {
    const { keys } = await this.#tasks.quietly((task) => this.#service.listKeys({}, task));
    return keys.some(({ canEncrypt, revoked }) => canEncrypt && !revoked);
  }
}
