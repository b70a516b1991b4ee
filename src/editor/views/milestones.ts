import * as vscode from 'vscode';
import type { Service } from '../../core/service.ts';
import { DisposableStore } from '../disposables.ts';
import type { HealthWatch } from '../health/healthWatch.ts';
import type { Log } from '../log.ts';
import { contextKeys } from '../settings.ts';
import type { Tasks } from '../tasks.ts';

interface Parts {
  service: Service;
  tasks: Tasks;
  log: Log;
}

/** Sets the context keys that complete the walkthrough's steps, each once. */
export class Milestones implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #health: Pick<HealthWatch, 'known'>;
  readonly #store = new DisposableStore();
  readonly #reached = new Set<string>();

  constructor(
    parts: Parts,
    health: Pick<HealthWatch, 'known' | 'onDidChange'>,
    keysChanged: vscode.Event<void>,
  ) {
    this.#parts = parts;
    this.#health = health;
    this.#store.add(health.onDidChange(() => void this.#look()));
    this.#store.add(keysChanged(() => void this.#lookForKey()));
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #look(): Promise<void> {
    const { known } = this.#health;
    const copied = known.some(
      ({ project, answer }) =>
        (project.settings.copyTo ?? []).length > 0 || answer.copies.some(({ backups }) => backups > 0),
    );
    const scheduled = known.some(
      ({ project, answer }) => answer.timerInstalled || (project.settings.schedule ?? []).length > 0,
    );
    if (copied) this.#reach(contextKeys.hasCopies);
    if (scheduled) this.#reach(contextKeys.isScheduled);
    if (known.length > 0) await this.#lookForKey();
  }

  async #lookForKey(): Promise<void> {
    if (this.#reached.has(contextKeys.hasKey) || !vscode.workspace.isTrusted) return;
    const { service, tasks, log } = this.#parts;
    try {
      const { keys } = await tasks.quietly((task) => service.listKeys({}, task));
      if (keys.some(({ secret, canEncrypt, revoked }) => secret && canEncrypt && !revoked)) {
        this.#reach(contextKeys.hasKey);
      }
    } catch (error) {
      log.warn(`Whether there is a key is not known: ${error}`);
    }
  }

  #reach(key: string): void {
    if (this.#reached.has(key)) return;
    this.#reached.add(key);
    void vscode.commands.executeCommand('setContext', key, true);
  }
}
