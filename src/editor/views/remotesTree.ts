import * as vscode from 'vscode';
import type { Backup } from '../../core/service.ts';
import { ContextKey } from '../contextKey.ts';
import { DisposableStore } from '../disposables.ts';
import type { RemoteListings } from '../remoteListings.ts';
import { remotesOf } from '../remotes.ts';
import type { Sessions } from '../sessions.ts';
import { contextKeys, views } from '../settings.ts';
import { remotesItem } from './remoteItems.ts';
import { type CopyNode, copyNodes, type RemoteNode, type RemotesNode, remoteNode } from './remoteNodes.ts';
import { RemotesDragAndDrop } from './remotesDragAndDrop.ts';

const minuteMs = 60_000;

/** The view *Remotes*: where else backups lie, how old the newest one there is, and what is only here or only there. */
export class RemotesTree implements vscode.TreeDataProvider<RemotesNode>, vscode.Disposable {
  readonly #sessions: Sessions;
  readonly #listings: RemoteListings;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<undefined>());

  /** By remote: backups that are noted to lie there and were not found. */
  readonly #missing = new Map<string, string>();

  readonly #none = new ContextKey<boolean>(contextKeys.noRemotes);

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(sessions: Sessions, listings: RemoteListings) {
    this.#sessions = sessions;
    this.#listings = listings;
    const view = this.#store.add(
      vscode.window.createTreeView(views.remotes, {
        treeDataProvider: this,
        canSelectMany: true,
        dragAndDropController: new RemotesDragAndDrop(),
      }),
    );
    const changed = () => this.#changed.fire(undefined);
    this.#store.add(sessions.onDidChange(changed));
    this.#store.add(listings.onDidChange(changed));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(changed));
    this.#store.add(view.onDidChangeVisibility(({ visible }) => visible && listings.refreshOld()));
    // "5 minutes ago" grows old.
    const timer = setInterval(() => view.visible && changed(), minuteMs);
    this.#store.add({ dispose: () => clearInterval(timer) });
  }

  getTreeItem(node: RemotesNode): vscode.TreeItem {
    return remotesItem(node, new Date());
  }

  async getChildren(node?: RemotesNode): Promise<RemotesNode[]> {
    if (node) return node.type === 'remote' ? copyNodes(node) : [];
    if (!vscode.workspace.isTrusted) return [];
    const remotes = await this.remotes();
    void this.#none.set(remotes.length === 0);
    return remotes;
  }

  getParent(node: RemotesNode): RemotesNode | undefined {
    return node.type === 'remote' ? undefined : node.parent;
  }

  /** Every remote of the open folders, as far as it is known. */
  async remotes(): Promise<RemoteNode[]> {
    const all = this.#sessions.all;
    const found = await Promise.all(
      all.map(async (session) => {
        const { project, backups } = await session.facts();
        const folder = all.length > 1 ? session.folder.name : undefined;
        return remotesOf(project?.settings ?? {}).map((remote) => {
          const node = remoteNode(session, remote, this.#listings.of(session, remote.name), backups, folder);
          this.#lookAgainAfterCopies(node, backups);
          return node;
        });
      }),
    );
    return found.flat();
  }

  /** Its backups with these ids, as far as they are known. */
  async copies(ids: readonly string[]): Promise<CopyNode[]> {
    return (await this.remotes()).flatMap(copyNodes).filter(({ id }) => ids.includes(id));
  }

  /** A backup that was just copied there by itself is not in what was found before; one that was deleted there never is. */
  #lookAgainAfterCopies(
    { id, session, remote, rows, listing }: RemoteNode,
    backups: readonly Backup[],
  ): void {
    if (listing.state !== 'listed') return;
    const here = new Set(rows.filter(({ where }) => where === 'here').map(({ file }) => file));
    const noted = backups.filter(({ file, copies }) => here.has(file) && copies?.includes(remote.name));
    const missing = noted.map(({ file }) => file).join('\n');
    if (missing === (this.#missing.get(id) ?? '')) return;
    this.#missing.set(id, missing);
    if (missing !== '') setImmediate(() => this.#listings.refreshFound(session, remote.name));
  }

  dispose(): void {
    this.#store.dispose();
  }
}
