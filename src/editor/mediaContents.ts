import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../core/errors.ts';
import type { Backup, MediaMember, Service } from '../core/service.ts';
import { plans } from './progressPlan.ts';
import type { Session } from './session.ts';
import { views } from './settings.ts';
import type { Tasks } from './tasks.ts';
import { arrangeMembers, type MediaFolder } from './views/mediaTree.ts';

/** Files inside of media backups, as the editor opens them: read-only, and never written to disk. */
export const mediaScheme = 'dbbackup-media';

/** How long the content of an opened file is kept: a viewer asks for it several times in a row. */
const contentKeptMs = 30_000;

interface Opened {
  session: Session;
  backup: Backup;
  root: MediaFolder;
  members: Map<string, MediaMember>;
}

/** What media backups hold, once they were opened, and the file system that shows their files. */
export class MediaContents implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #service: Service;
  readonly #tasks: Tasks;
  /** By path of the backup; one that has changed since is opened anew. */
  readonly #opened = new Map<string, { version: string; opening: Promise<Opened> }>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  #content: { uri: string; data: Promise<Uint8Array>; timer: NodeJS.Timeout } | undefined;

  readonly onDidChangeFile = this.#changed.event;

  constructor(service: Service, tasks: Tasks) {
    this.#service = service;
    this.#tasks = tasks;
  }

  /** The folders and files of a backup; asks for a passphrase where it needs one, once. */
  async open(session: Session, backup: Backup): Promise<MediaFolder> {
    const version = `${backup.date} ${backup.bytes}`;
    const known = this.#opened.get(backup.path);
    if (known?.version === version) return (await known.opening).root;
    const opening = this.#list(session, backup);
    this.#opened.set(backup.path, { version, opening });
    return (await opening).root;
  }

  /** Opens it anew next time: the last time failed, or was cancelled. */
  forget({ path }: Backup): void {
    this.#opened.delete(path);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { member } = await this.#find(uri);
    const time = member.mtime ?? 0;
    const permissions = vscode.FilePermission.Readonly;
    return { type: vscode.FileType.File, ctime: time, mtime: time, size: member.size, permissions };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const key = uri.toString();
    if (this.#content?.uri === key) return this.#content.data;
    const data = this.#read(uri);
    this.#forgetContent();
    const timer = setTimeout(() => this.#forgetContent(), contentKeptMs);
    this.#content = { uri: key, data, timer };
    data.catch(() => this.#forgetContent());
    return data;
  }

  watch(): vscode.Disposable {
    return { dispose: () => undefined };
  }

  readDirectory(): never {
    throw vscode.FileSystemError.Unavailable();
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  writeFile(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  dispose(): void {
    this.#forgetContent();
    this.#changed.dispose();
  }

  async #list(session: Session, backup: Backup): Promise<Opened> {
    const ask = { project: session.request, file: backup.path };
    const { members } = await this.#tasks.run(workOn(backup.file), (task) =>
      this.#service.listMedia(ask, task),
    );
    const byPath = new Map(members.map((member) => [member.path, member]));
    return { session, backup, root: arrangeMembers(members), members: byPath };
  }

  /** Only in what is open already: an editor that comes back with the window must not ask for passphrases. */
  async #find(uri: vscode.Uri): Promise<Opened & { member: MediaMember }> {
    const opened = await this.#opened.get(uri.query)?.opening.catch(() => undefined);
    if (!opened) {
      const message = vscode.l10n.t('Open {0} in the view Backups first.', basename(uri.query));
      throw vscode.FileSystemError.Unavailable(message);
    }
    const member = opened.members.get(uri.path.slice(1));
    if (member?.type !== 'file') throw vscode.FileSystemError.FileNotFound(uri);
    return { ...opened, member };
  }

  async #read(uri: vscode.Uri): Promise<Uint8Array> {
    const { session, backup, member } = await this.#find(uri);
    const ask = { project: session.request, file: backup.path, storedPath: member.storedPath };
    try {
      const work = workOn(basename(member.path));
      return (await this.#tasks.run(work, (task) => this.#service.readMedia(ask, task))).data;
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      throw vscode.FileSystemError.Unavailable([error.message, error.hint].filter(Boolean).join(' '));
    }
  }

  #forgetContent(): void {
    clearTimeout(this.#content?.timer);
    this.#content = undefined;
  }
}

/** Where the editor finds a file of a backup. */
export function mediaUri(backup: Backup, { path }: Pick<MediaMember, 'path'>): vscode.Uri {
  return vscode.Uri.from({ scheme: mediaScheme, path: `/${path}`, query: backup.path });
}

function workOn(name: string) {
  return { title: vscode.l10n.t('Opening {0}', name), plan: plans.quick, view: views.backups };
}
