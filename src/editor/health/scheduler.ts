import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Service } from '../../core/service.ts';
import { DisposableStore } from '../disposables.ts';
import type { Log } from '../log.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import type { Tasks } from '../tasks.ts';
import type { HealthWatch } from './healthWatch.ts';

interface Parts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
  watch: HealthWatch;
  log: Log;
}

/** Short, so that a missed time is noticed soon after sleep: timers do not count it. */
const lookMs = 20_000;
/** The editor starts undisturbed. */
const firstLookMs = 3000;
const dayMs = 86_400_000;
/** What failed waits for its next time; another entry may be due before. */
const afterFailureMs = 5 * 60_000;

/** While the editor is open: makes the scheduled backups, and drills the newest one every so many days. */
export class Scheduler implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #store = new DisposableStore();
  /** When each folder is looked at next; one that is not here is looked at now. */
  readonly #next = new Map<Session, number>();
  /** When a drill was last tried, by folder: one that needs a passphrase is not tried every few seconds. */
  readonly #drilled = new Map<Session, number>();
  #running: Promise<void> | undefined;
  readonly #ended = this.#store.add(new vscode.EventEmitter<void>());

  /** It has looked, and made what was due. */
  readonly onDidLook = this.#ended.event;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#store.add(
      parts.sessions.onDidChange(() => {
        this.#next.clear();
        this.#look();
      }),
    );
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#look()));
    const timer = setInterval(() => this.#look(), lookMs);
    const first = setTimeout(() => this.#look(), firstLookMs);
    this.#store.add({
      dispose: () => {
        clearInterval(timer);
        clearTimeout(first);
      },
    });
  }

  /** False while a missed backup may still be made up for: nobody has to hear of it before. */
  isSettled(session: Session): boolean {
    const { runSchedule = true } = session.request.settings ?? {};
    return !runSchedule || (!this.#running && Date.now() < (this.#next.get(session) ?? 0));
  }

  dispose(): void {
    this.#store.dispose();
  }

  #look(): void {
    if (!vscode.workspace.isTrusted) return;
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
      this.#ended.fire();
    });
  }

  async #all(): Promise<void> {
    for (const session of this.#parts.sessions.all) {
      if (Date.now() < (this.#next.get(session) ?? 0)) continue;
      await this.#one(session).catch((error: unknown) => this.#failed(session, error));
    }
  }

  async #one(session: Session): Promise<void> {
    const { service, tasks } = this.#parts;
    // Looked at again within the hour, whatever comes: the timer may have been installed elsewhere.
    this.#next.set(session, Date.now() + dayMs / 24);
    const { project } = await session.facts();
    if (!project) return;
    const ask = { project: session.request };
    const { runSchedule = true } = ask.project.settings ?? {};
    if (runSchedule) {
      const answer = await tasks.unattended((task) => service.runDue(ask, task));
      const next = answer.next ? Date.parse(answer.next) : Number.POSITIVE_INFINITY;
      this.#next.set(session, Math.min(next, this.#next.get(session) ?? next));
      for (const { message } of answer.warnings) this.#parts.log.warn(message);
      for (const file of answer.pruned ?? []) this.#parts.log.info(`pruned: ${file}`);
      if (answer.backups.length > 0) await this.#changed(session);
    }
    await this.#drill(session);
  }

  async #drill(session: Session): Promise<void> {
    const { service, tasks, log } = this.#parts;
    if (Date.now() - (this.#drilled.get(session) ?? 0) < dayMs) return;
    const { drillEveryDays = 0 } = session.request.settings ?? {};
    if (drillEveryDays <= 0) return;
    this.#drilled.set(session, Date.now());
    const result = await tasks.unattended((task) => service.drillDue({ project: session.request }, task));
    if (!result) return;
    for (const { name, detail } of result.checks) log.info(`${result.file}: ${name}: ${detail}`);
    await this.#changed(session);
  }

  async #changed(session: Session): Promise<void> {
    await session.refresh();
    await this.#parts.watch.refresh();
  }

  /** How a run ended is noted, and health tells of it. */
  async #failed(session: Session, error: unknown): Promise<void> {
    const { log, watch } = this.#parts;
    this.#next.set(session, Date.now() + afterFailureMs);
    const why = error instanceof BackupError ? `${error.code}: ${error.message}` : String(error);
    log.error(`${session.folder.name}: ${why}`);
    await watch.refresh();
  }
}
