import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../core/errors.ts';
import type { Project, ProjectRequest } from '../core/project/project.ts';
import type { Backup, Service } from '../core/service.ts';
import { readSettings } from './configuration.ts';
import { Debounced } from './debounce.ts';
import { DisposableStore } from './disposables.ts';
import type { Log } from './log.ts';
import { configurationSection } from './settings.ts';
import type { Tasks } from './tasks.ts';

/** What is known of a folder: its project and its backups, or why that cannot be known. */
export type Facts =
  | { project: Project; backups: Backup[]; failure?: undefined }
  | { project?: undefined; backups: Backup[]; failure: BackupError };

/** Files that say what a project has. */
const projectFiles =
  '**/{manage.py,settings*.py,settings/*.py,.env,settings.ini,setup.cfg,requirements*.txt}';
/** Databases that come and go. What is written into them is nobody's news here. */
const databaseFiles = '**/*.{sqlite3,sqlite,db,db3}';
const quietMs = 250;

/** One workspace folder: its facts, kept until a file or a setting says that they have changed. */
export class Session implements vscode.Disposable {
  readonly folder: vscode.WorkspaceFolder;
  readonly #service: Service;
  readonly #tasks: Tasks;
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #reload = this.#store.add(new Debounced(() => void this.refresh(), quietMs));
  #facts: Promise<Facts> | undefined;
  #seen: string | undefined;
  #watchedFolder: string | undefined;
  #folderWatcher: vscode.Disposable | undefined;

  /** The facts are others than before. */
  readonly onDidChange = this.#changed.event;

  constructor(folder: vscode.WorkspaceFolder, service: Service, tasks: Tasks, log: Log) {
    this.folder = folder;
    this.#service = service;
    this.#tasks = tasks;
    this.#log = log;
    const reload = () => this.#reload.schedule();
    this.#watch(new vscode.RelativePattern(folder, projectFiles), this.#store);
    this.#watch(new vscode.RelativePattern(folder, databaseFiles), this.#store, { contents: false });
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(configurationSection, folder.uri)) reload();
      }),
    );
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(reload));
    this.#store.add({ dispose: () => this.#folderWatcher?.dispose() });
  }

  /** How the core is told which project is meant. */
  get request(): ProjectRequest {
    return { folder: this.folder.uri.fsPath, settings: readSettings(this.folder) };
  }

  /** What is known, read at the first call and after each change. */
  async facts(): Promise<Facts> {
    if (this.#facts) return this.#facts;
    const loading = this.#load();
    this.#facts = loading;
    const facts = await loading;
    this.#seen ??= fingerprint(facts);
    return facts;
  }

  /** @throws BackupError why the project cannot be known */
  async project(): Promise<Project> {
    const { project, failure } = await this.facts();
    if (!project) throw failure;
    return project;
  }

  /** Reads everything again and tells of it only when something is different. */
  async refresh(): Promise<void> {
    const before = this.#seen;
    const loading = this.#load();
    this.#facts = loading;
    const seen = fingerprint(await loading);
    // A later refresh knows better.
    if (this.#facts !== loading) return;
    this.#seen = seen;
    if (seen !== before) this.#changed.fire();
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #load(): Promise<Facts> {
    const facts = await this.#read();
    if (facts.project) this.#watchBackups(facts.project.backupsFolder);
    return facts;
  }

  async #read(): Promise<Facts> {
    const ask = { project: this.request };
    try {
      const [project, backups] = await this.#tasks.quietly((task) =>
        Promise.all([this.#service.detect(ask, task), this.#service.list(ask, task)]),
      );
      for (const { message } of project.warnings) this.#log.warn(`${this.folder.name}: ${message}`);
      return { project, backups };
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      this.#log.warn(`${this.folder.name}: ${error.message}`);
      return { backups: [], failure: error };
    }
  }

  /** The backups folder may lie outside the workspace and may not exist yet; both can be watched. */
  #watchBackups(folder: string): void {
    if (folder === this.#watchedFolder) return;
    this.#watchedFolder = folder;
    this.#folderWatcher?.dispose();
    const store = new DisposableStore();
    this.#watch(new vscode.RelativePattern(vscode.Uri.file(folder), '*'), store);
    this.#folderWatcher = store;
  }

  #watch(pattern: vscode.RelativePattern, store: DisposableStore, { contents } = { contents: true }): void {
    const watcher = store.add(vscode.workspace.createFileSystemWatcher(pattern, false, !contents));
    const changed = ({ fsPath }: vscode.Uri) => {
      // Backups are written under hidden names first; only the final name is news.
      if (!/^\.(?!env)/.test(basename(fsPath))) this.#reload.schedule();
    };
    store.add(watcher.onDidCreate(changed));
    store.add(watcher.onDidChange(changed));
    store.add(watcher.onDidDelete(changed));
  }
}

function fingerprint({ project, backups, failure }: Facts): string {
  return JSON.stringify([project, backups, failure?.toReport()]);
}
