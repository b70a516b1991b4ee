import * as vscode from 'vscode';
import type { Project } from '../../core/project/project.ts';
import type { Backup, HealthAnswer, Service } from '../../core/service.ts';
import { Debounced } from '../debounce.ts';
import { DisposableStore } from '../disposables.ts';
import type { Log } from '../log.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import type { Tasks } from '../tasks.ts';

export interface SessionHealth {
  session: Session;
  project: Project;
  /** Newest first. */
  backups: Backup[];
  answer: HealthAnswer;
}

interface Parts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
  log: Log;
}

const quietMs = 500;
const everyMs = 5 * 60_000;

/** How the backups of each folder are doing, asked again when something changes, and now and then. */
export class HealthWatch implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #soon = this.#store.add(new Debounced(() => void this.refresh(), quietMs));
  #known: SessionHealth[] = [];

  readonly onDidChange = this.#changed.event;

  constructor(parts: Parts) {
    this.#parts = parts;
    const soon = () => this.#soon.schedule();
    this.#store.add(parts.sessions.onDidChange(soon));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(soon));
    const timer = setInterval(soon, everyMs);
    this.#store.add({ dispose: () => clearInterval(timer) });
    soon();
  }

  /** Of the folders that have something to back up; none in Restricted Mode. */
  get known(): readonly SessionHealth[] {
    return this.#known;
  }

  async refresh(): Promise<void> {
    const { sessions, log } = this.#parts;
    if (!vscode.workspace.isTrusted) return;
    const found: SessionHealth[] = [];
    for (const session of sessions.all) {
      const health = await this.#ask(session).catch((error: unknown) => {
        log.warn(`${session.folder.name}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      });
      if (health) found.push(health);
    }
    this.#known = found;
    this.#changed.fire();
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #ask(session: Session): Promise<SessionHealth | undefined> {
    const { service, tasks } = this.#parts;
    const { project, backups } = await session.facts();
    if (!project || (project.databases.length === 0 && backups.length === 0)) return undefined;
    const ask = { project: session.request, language: vscode.env.language };
    const answer = await tasks.quietly((task) => service.health(ask, task));
    return { session, project, backups, answer };
  }
}
