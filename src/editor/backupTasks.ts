import * as vscode from 'vscode';
import { BackupError } from '../core/errors.ts';
import type { BackupAsk, Service } from '../core/service.ts';
import { madeWords } from './commands/madeWords.ts';
import type { Failures } from './failures.ts';
import { plans } from './progressPlan.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { taskType } from './settings.ts';
import type { Tasks } from './tasks.ts';

interface Parts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
  failures: Failures;
}

/** What tasks.json says of a backup, beside its type. */
type Definition = vscode.TaskDefinition & Partial<Pick<BackupAsk, 'what' | 'databases'>>;

/** Backups as tasks, so that one can be made before a launch. A task that fails ends with the command line's exit code. */
export class BackupTasks implements vscode.TaskProvider {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async provideTasks(): Promise<vscode.Task[]> {
    if (!vscode.workspace.isTrusted) return [];
    const offered = await Promise.all(this.#parts.sessions.all.map((session) => this.#offer(session)));
    return offered.flat();
  }

  resolveTask({ definition, scope, name }: vscode.Task): vscode.Task | undefined {
    const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
    const session = folder && this.#parts.sessions.holding(folder.uri);
    if (!session || !vscode.workspace.isTrusted) return undefined;
    return this.#task(session, name, definition as Definition);
  }

  async #offer(session: Session): Promise<vscode.Task[]> {
    const { project } = await session.facts();
    const hasDatabase = (project?.databases.length ?? 0) > 0;
    const hasMedia = project?.mediaRoot !== undefined;
    const offered: [string, Definition['what']][] = [
      ...(hasDatabase ? [[vscode.l10n.t('Back Up Database'), 'database'] as [string, 'database']] : []),
      ...(hasMedia ? [[vscode.l10n.t('Back Up Media'), 'media'] as [string, 'media']] : []),
      ...(hasDatabase && hasMedia ? [[vscode.l10n.t('Back Up Everything'), 'all'] as [string, 'all']] : []),
    ];
    return offered.map(([name, what = 'database']) => this.#task(session, name, { type: taskType, what }));
  }

  #task(session: Session, name: string, definition: Definition): vscode.Task {
    const run = async () => new BackupTerminal(session, definition, this.#parts);
    const execution = new vscode.CustomExecution(run);
    const task = new vscode.Task(definition, session.folder, name, 'DB Backup', execution, []);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Silent, showReuseMessage: false };
    return task;
  }
}

/** The terminal of one such task. Closing it stops the backup. */
class BackupTerminal implements vscode.Pseudoterminal {
  readonly #session: Session;
  readonly #definition: Definition;
  readonly #parts: Parts;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #stop = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(session: Session, definition: Definition, parts: Parts) {
    this.#session = session;
    this.#definition = definition;
    this.#parts = parts;
  }

  open(): void {
    void this.#run();
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    try {
      await this.#backUp();
      this.#closed.fire(0);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#say(error instanceof BackupError && error.hint ? `${why} ${error.hint}` : why);
      this.#parts.failures.show(error);
      this.#closed.fire(error instanceof BackupError ? error.exit : 1);
    }
  }

  async #backUp(): Promise<void> {
    const { service, tasks } = this.#parts;
    const { what = 'database' } = this.#definition;
    // Whoever writes tasks.json may not mind its schema.
    const named = this.#definition.databases;
    const databases = Array.isArray(named) ? named.map(String) : undefined;
    const session = this.#session;
    const ask = { project: session.request, what, ...(databases ? { databases } : {}) };
    const title = vscode.l10n.t('Backing up {0}', databases?.join(', ') ?? session.folder.name);
    const { backups, warnings } = await tasks.run({ title, plan: plans.backup }, (task) =>
      service.backup({ ...ask }, { ...task, signal: AbortSignal.any([task.signal, this.#stop.signal]) }),
    );
    for (const made of backups) this.#say(vscode.l10n.t('Backed up: {0}', madeWords(made)));
    for (const { message } of warnings) this.#say(vscode.l10n.t('Warning: {0}', message));
    await session.refresh();
  }

  #say(line: string): void {
    this.#written.fire(`${line.replace(/\r?\n/g, '\r\n')}\r\n`);
  }
}
