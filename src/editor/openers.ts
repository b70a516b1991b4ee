import * as vscode from 'vscode';
import type { Backup, FileOpeners, MessageRecipients, Service } from '../core/service.ts';
import { Debounced } from './debounce.ts';
import { DisposableStore } from './disposables.ts';
import type { Log } from './log.ts';
import type { Tasks } from './tasks.ts';

/** Files whose heads are read in one go: half a second. */
const atOnce = 500;
/** The view is not drawn anew for each of them. */
const quietMs = 250;

/** Who can open the backups that are shown: read in the background, a few at a time, so that no list waits for it. */
export class Openers implements vscode.Disposable {
  readonly #service: Service;
  readonly #tasks: Tasks;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #tell = this.#store.add(new Debounced(() => this.#changed.fire(), quietMs));
  readonly #known = new Map<string, FileOpeners>();
  readonly #wanted = new Set<string>();
  /** Of the backups that were looked at, or will be. */
  readonly #bytes = new Map<string, number>();
  readonly #stop = new AbortController();
  #working = false;

  /** A backup turned out to be closed, or open again. */
  readonly onDidChange = this.#changed.event;

  /** @param keysChanged Fires where other keys are at hand. */
  constructor(service: Service, tasks: Tasks, keysChanged: vscode.Event<void>, log: Log) {
    this.#service = service;
    this.#tasks = tasks;
    this.#log = log;
    this.#store.add(keysChanged(() => this.lookAgain()));
    this.#store.add({ dispose: () => this.#stop.abort() });
  }

  /** False where no key that is at hand opens a backup; undefined while that is not known. */
  canOpen({ path }: Pick<Backup, 'path'>): boolean | undefined {
    const known = this.#known.get(path);
    return known && !known.problem ? known.canOpen : undefined;
  }

  /** Has backups looked at that are not known yet. Does not wait. */
  want(backups: readonly Pick<Backup, 'path' | 'encrypted' | 'bytes'>[]): void {
    // In Restricted Mode no key is read.
    if (!vscode.workspace.isTrusted) return;
    for (const { path, encrypted, bytes } of backups) {
      // Another size is another file under the same name.
      if (!encrypted || this.#bytes.get(path) === bytes) continue;
      this.#bytes.set(path, bytes);
      this.#wanted.add(path);
    }
    if (!this.#working) void this.#work();
  }

  /** What one backup's head says now; undefined where that cannot be known. */
  async of({ path, encrypted }: Pick<Backup, 'path' | 'encrypted'>): Promise<MessageRecipients | undefined> {
    if (!encrypted || !vscode.workspace.isTrusted) return undefined;
    const [answer] = await this.#read([path]);
    return answer?.problem ? undefined : answer;
  }

  /** Looks again at what was known: other keys are at hand, or files were written anew. */
  lookAgain(paths: Iterable<string> = this.#known.keys()): void {
    for (const path of paths) this.#wanted.add(path);
    this.want([]);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      while (this.#wanted.size > 0 && !this.#stop.signal.aborted) {
        const next = [...this.#wanted].slice(0, atOnce);
        for (const path of next) this.#wanted.delete(path);
        await this.#read(next);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#log.warn(`Who can open the backups is not known: ${error}`);
    } finally {
      this.#working = false;
    }
  }

  async #read(files: string[]): Promise<FileOpeners[]> {
    const before = files.map((path) => this.canOpen({ path }));
    const ask = (task: Parameters<Service['whoCanOpen']>[1]) => this.#service.whoCanOpen({ files }, task);
    const answers = await this.#tasks.quietly(ask, this.#stop.signal);
    for (const answer of answers) this.#known.set(answer.path, answer);
    // Most can be opened, which is how they are shown anyway.
    const isNews = answers.some(
      ({ path }, index) => (this.canOpen({ path }) ?? true) !== (before[index] ?? true),
    );
    if (isNews) this.#tell.schedule();
    return answers;
  }
}
