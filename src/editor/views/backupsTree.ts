import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import { DisposableStore } from '../disposables.ts';
import type { MediaContents } from '../mediaContents.ts';
import type { Openers } from '../openers.ts';
import type { TableContents } from '../preview/tableContents.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { views } from '../settings.ts';
import { BackupsDragAndDrop } from './dragAndDrop.ts';
import { describeBackup, toItem } from './items.ts';
import {
  type BackupNode,
  type BackupsNode,
  backupNodes,
  folderNode,
  mediaNodes,
  nodesOf,
  noteNode,
  type PointNode,
  pointNodes,
  tableNodes,
} from './nodes.ts';
import { partsOf } from './points.ts';

const minuteMs = 60_000;

/** The view *Backups*: what lies in the backups folders of the workspace, newest first. */
export class BackupsTree implements vscode.TreeDataProvider<BackupsNode>, vscode.Disposable {
  readonly #sessions: Sessions;
  readonly #media: MediaContents;
  readonly #tables: TableContents;
  readonly #openers: Openers;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<BackupsNode | undefined>());
  /** Ids of backups that could not be opened. */
  readonly #failed = new Set<string>();
  readonly #view: vscode.TreeView<BackupsNode>;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(sessions: Sessions, media: MediaContents, tables: TableContents, openers: Openers) {
    this.#sessions = sessions;
    this.#media = media;
    this.#tables = tables;
    this.#openers = openers;
    this.#view = this.#store.add(
      vscode.window.createTreeView(views.backups, {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
        dragAndDropController: new BackupsDragAndDrop(),
      }),
    );
    const changed = () => this.#changed.fire(undefined);
    this.#store.add(sessions.onDidChange(changed));
    this.#store.add(openers.onDidChange(changed));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(changed));
    this.#store.add(this.#view.onDidCollapseElement(({ element }) => this.#retryLater(element)));
    this.#keepTimesTrue();
  }

  /** What is selected, for commands that a key runs: they are handed nothing. */
  get selection(): readonly BackupsNode[] {
    return this.#view.selection;
  }

  /** Counts problems on the view's icon; resting on it says which they are. */
  showProblems(words: readonly string[]): void {
    this.#view.badge = words.length > 0 ? { value: words.length, tooltip: words.join('\n') } : undefined;
  }

  getTreeItem(node: BackupsNode): vscode.TreeItem {
    return toItem(node, new Date(), (backup) => this.#openers.canOpen(backup));
  }

  async getChildren(node?: BackupsNode): Promise<BackupsNode[]> {
    if (!node) return this.#rootsWithMessage();
    if (node.type === 'folder') return nodesOf(node.session, node.facts, node);
    if (node.type === 'points') return this.#looked(pointNodes(node));
    if (node.type === 'group' || node.type === 'point') return this.#looked(backupNodes(node));
    if (node.type === 'backup') return this.#contentOf(node);
    return node.type === 'media-folder' ? mediaNodes(node, node.folder) : [];
  }

  getParent(node: BackupsNode): BackupsNode | undefined {
    return node.type === 'folder' ? undefined : node.parent;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: BackupsNode): Promise<vscode.TreeItem> {
    if (node.type !== 'backup') return item;
    const openers = await this.#openers.of(node.backup).catch(() => undefined);
    item.tooltip = describeBackup(node.backup, openers);
    return item;
  }

  /** Selects a backup, or the restore point that it is part of, where the view is open; it does not take the focus. */
  async show(session: Session, path: string): Promise<void> {
    if (!this.#view.visible) return;
    const found = await this.#find(session, path);
    if (found) await this.#view.reveal(found, { select: true, focus: false });
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** Has it found out who can open what is about to be shown. */
  #looked<T extends BackupNode | PointNode>(nodes: T[]): T[] {
    this.#openers.want(
      nodes.flatMap((node) => (node.type === 'backup' ? [node.backup] : partsOf(node.point))),
    );
    return nodes;
  }

  async #roots(): Promise<BackupsNode[]> {
    const folders = await Promise.all(
      this.#sessions.all.map(async (session) => ({ session, facts: await session.facts() })),
    );
    if (folders.length === 1) {
      return folders.flatMap(({ session, facts }) => nodesOf(session, facts, undefined));
    }
    // Folders without anything to show leave the view to its welcome content.
    const empty = folders.every(({ facts }) => facts.backups.length === 0 && !facts.failure);
    return empty ? [] : folders.map(({ session, facts }) => folderNode(session, facts));
  }

  /** An empty view says it in its welcome content. */
  async #rootsWithMessage(): Promise<BackupsNode[]> {
    const roots = await this.#roots();
    const listedOnly = !vscode.workspace.isTrusted && roots.length > 0;
    this.#view.message = listedOnly
      ? vscode.l10n.t('Restricted Mode: backups are listed only. Trust this folder to back up and restore.')
      : undefined;
    return roots;
  }

  async #contentOf(node: BackupNode): Promise<BackupsNode[]> {
    if (!vscode.workspace.isTrusted) return [];
    try {
      if (node.backup.kind === 'database') return tableNodes(node, await this.#tables.open(node.backup));
      return mediaNodes(node, await this.#media.open(node.session, node.backup));
    } catch (error) {
      this.#failed.add(node.id);
      return [noteNode(node, toFailure(error))];
    }
  }

  /** What could not be opened is tried again when it is opened again. */
  #retryLater(node: BackupsNode): void {
    if (node.type !== 'backup' || !this.#failed.delete(node.id)) return;
    if (node.backup.kind === 'database') this.#tables.forget(node.backup);
    else this.#media.forget(node.backup);
    this.#changed.fire(node);
  }

  async #find(session: Session, path: string): Promise<BackupsNode | undefined> {
    const look = async (nodes: BackupsNode[]): Promise<BackupsNode | undefined> => {
      for (const node of nodes) {
        if (node.session !== session) continue;
        if (holds(node, path)) return node;
        if (node.type === 'backup') continue;
        const found = await look(await this.getChildren(node));
        if (found) return found;
      }
      return undefined;
    };
    return look(await this.#roots());
  }

  /** "5 minutes ago" grows old. */
  #keepTimesTrue(): void {
    const timer = setInterval(() => {
      if (this.#view.visible) this.#changed.fire(undefined);
    }, minuteMs);
    this.#store.add({ dispose: () => clearInterval(timer) });
  }
}

function holds(node: BackupsNode, path: string): boolean {
  const backups = node.type === 'point' ? partsOf(node.point) : node.type === 'backup' ? [node.backup] : [];
  return backups.some((backup) => backup.path === path);
}

function toFailure(error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof vscode.CancellationError)
    return new BackupError('cancelled', vscode.l10n.t('Cancelled.'));
  return new BackupError('failed', error instanceof Error ? error.message : String(error));
}
