import * as vscode from 'vscode';
import type { KeyInfo, Service } from '../../core/service.ts';
import { ContextKey } from '../contextKey.ts';
import { DisposableStore } from '../disposables.ts';
import type { Log } from '../log.ts';
import { isNamed } from '../recipients.ts';
import type { Sessions } from '../sessions.ts';
import { contextKeys, views } from '../settings.ts';
import type { Tasks } from '../tasks.ts';
import { describeKey, type KeyNode, keyItem } from './keyItem.ts';
import { keyProblems } from './keyProblems.ts';

interface Parts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
  log: Log;
}

/** The view *Keys*: what can open backups, what the project encrypts to, and what about it needs attention. */
export class KeysTree implements vscode.TreeDataProvider<KeyNode>, vscode.Disposable {
  readonly #parts: Parts;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<undefined>());
  readonly #view: vscode.TreeView<KeyNode>;

  readonly #none = new ContextKey<boolean>(contextKeys.noKeys);

  readonly onDidChangeTreeData = this.#changed.event;

  /** @param onDidChangeKeys fires when a key came, went or changed */
  constructor(parts: Parts, onDidChangeKeys: vscode.Event<void>) {
    this.#parts = parts;
    this.#view = this.#store.add(
      vscode.window.createTreeView(views.keys, { treeDataProvider: this, canSelectMany: true }),
    );
    const changed = () => {
      this.#changed.fire(undefined);
      // A view that is closed asks for no children, and its badge is to be seen all the same.
      if (!this.#view.visible) void this.getChildren();
    };
    this.#store.add(onDidChangeKeys(changed));
    this.#store.add(parts.sessions.onDidChange(changed));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(changed));
  }

  getTreeItem(node: KeyNode): vscode.TreeItem {
    return keyItem(node, new Date());
  }

  resolveTreeItem(item: vscode.TreeItem, node: KeyNode): vscode.TreeItem {
    item.tooltip = describeKey(node);
    return item;
  }

  async getChildren(node?: KeyNode): Promise<KeyNode[]> {
    if (node || !vscode.workspace.isTrusted) return [];
    const nodes = await this.#nodes();
    void this.#none.set(nodes.length === 0);
    const wanting = nodes.filter(({ problems }) => problems.length > 0).length;
    const tooltip =
      wanting === 1
        ? vscode.l10n.t('One key needs attention')
        : vscode.l10n.t('{0} keys need attention', wanting);
    this.#view.badge = wanting > 0 ? { value: wanting, tooltip } : undefined;
    return nodes;
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #nodes(): Promise<KeyNode[]> {
    const { service, tasks, log } = this.#parts;
    const now = new Date();
    try {
      const { keys, warnings } = await tasks.quietly((task) => service.listKeys({}, task));
      const names = await this.#recipients();
      this.#view.message = warnings.map(({ message }) => message).join(' ') || undefined;
      for (const { code, message } of warnings) log.warn(`${code}: ${message}`);
      const isMine = (key: KeyInfo) => names.some((name) => isNamed(key, name));
      const opened = keys.some((key) => key.secret && isMine(key));
      return keys
        .map((key) => ({ key, mine: isMine(key), problems: keyProblems(key, isMine(key), now, opened) }))
        .sort(byImportance);
    } catch (error) {
      this.#view.message = error instanceof Error ? error.message : String(error);
      log.warn(`keys: ${this.#view.message}`);
      return [];
    }
  }

  /** How the open projects name whom they encrypt to. */
  async #recipients(): Promise<string[]> {
    const facts = await Promise.all(this.#parts.sessions.all.map((session) => session.facts()));
    return facts.flatMap(({ project }) => project?.recipients ?? []);
  }
}

/** What the project uses first, then what opens backups, then the rest; by name within. */
function byImportance(a: KeyNode, b: KeyNode): number {
  const rank = ({ mine, key }: KeyNode) => (mine ? 0 : key.secret ? 1 : 2);
  const name = ({ key }: KeyNode) => key.userIds[0] ?? key.fingerprint;
  return rank(a) - rank(b) || name(a).localeCompare(name(b));
}
