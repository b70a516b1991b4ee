import { readlink, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { ContentComparison } from '../files/sameContent.ts';
import type { Warning } from '../task.ts';
import { type MediaTask, shown } from './archive.ts';
import type { Change } from './change.ts';
import { LiveTree, planChange, type Wanted } from './planChange.ts';
import type { Staged, StagedEntry } from './stage.ts';
import { mtimeOf, resolveRoot, type TreeNode } from './walk.ts';

/** `add`: what is missing. `replace`: and what differs. `mirror`: and what the backup has not goes. */
export type MoveMode = 'add' | 'replace' | 'mirror';

export interface MoveOptions extends MediaTask {
  /** Absolute folders in the media root that are neither touched nor removed (the backups folder). */
  exclude: readonly string[];
  /** Make a media root that is missing; the folder it lies in must be there. */
  createRoot?: boolean;
}

/** What a restore of media will do: paths relative to the root, files and links only. Plain data. */
export interface MovePlan {
  added: string[];
  replaced: string[];
  removed: string[];
  /** How many are as in the backup already. */
  unchanged: number;
  warnings: Warning[];
  change: Change;
}

/**
 * Compares a staged archive with the live media folder and works out what has to change. Nothing is changed.
 * @throws BackupError media-root-missing, media-root-refused, folder-not-writable, cancelled
 */
export async function planMoveIn(
  staged: Staged,
  mediaRoot: string,
  mode: MoveMode,
  options: MoveOptions,
): Promise<MovePlan> {
  const { root, exclude, isExcluded } = await resolveRoot(mediaRoot, options.exclude, options.createRoot);
  if (isExcluded && mode === 'mirror') {
    throw new BackupError(
      'media-root-refused',
      `The backups lie in the media folder ${root} itself: a mirror would remove them.`,
      'Give the backups a folder of their own (dbbackup.folder), or restore without mirror.',
    );
  }
  const live = new LiveTree(root, exclude);
  const plan = new Planning(staged, live, mode, options);
  for (const entry of staged.entries) {
    throwIfCancelled(options.signal);
    await plan.see(entry);
  }
  if (mode === 'mirror') await plan.removeTheRest();
  return plan.finish();
}

class Planning {
  readonly #staged: Staged;
  readonly #live: LiveTree;
  readonly #mode: MoveMode;
  readonly #options: MoveOptions;
  readonly #wanted: Wanted = { put: [], folders: [], remove: [], removeFolders: [] };
  readonly #added: string[] = [];
  readonly #replaced: string[] = [];
  readonly #warnings: Warning[] = [];
  readonly #comparison = new ContentComparison();
  #unchanged = 0;

  constructor(staged: Staged, live: LiveTree, mode: MoveMode, options: MoveOptions) {
    this.#staged = staged;
    this.#live = live;
    this.#mode = mode;
    this.#options = options;
  }

  async see(entry: StagedEntry): Promise<void> {
    const { path } = entry;
    if (this.#live.isExcluded(path)) {
      return this.#warn('left-out', `${shown(path)} was left out: it lies in the folder of the backups.`);
    }
    const blocker = await this.#live.blockerOf(path);
    const node = await this.#live.at(path);
    if (node?.type === 'other' || blocker?.type === 'other') {
      return this.#warn(
        'left-out',
        `${shown(path)} was left out: a socket, a pipe or a device stands there.`,
      );
    }
    if (blocker && this.#mode === 'add') {
      return this.#warn(
        'left-out',
        `${shown(path)} was left out: ${shown(blocker.path)} is not a folder here.`,
      );
    }
    if (entry.type === 'folder') return this.#seeFolder(entry, node);
    if (node === undefined) {
      this.#put(entry, this.#added);
    } else if (this.#mode === 'add' || (await this.#isSame(entry, node))) {
      this.#unchanged++;
    } else if (node.type === 'folder' && (await this.#holdsExcluded(node.path))) {
      this.#warn('left-out', `${shown(path)} was left out: a folder with the backups stands there.`);
    } else {
      this.#put(entry, node.type === 'folder' ? this.#added : this.#replaced);
    }
  }

  #seeFolder(entry: StagedEntry, node: TreeNode | undefined): void {
    const { path, mode, mtime } = entry;
    if (node && node.type !== 'folder' && this.#mode === 'add') {
      this.#warn('left-out', `${shown(path)} was left out: it is not a folder here.`);
      return;
    }
    const isNew = node?.type !== 'folder';
    this.#wanted.folders.push(isNew || this.#mode === 'mirror' ? { path, mode, mtime } : { path });
  }

  #put(entry: StagedEntry, list: string[]): void {
    list.push(entry.path);
    this.#wanted.put.push({ path: entry.path, from: join(this.#staged.tree, entry.path) });
  }

  async removeTheRest(): Promise<void> {
    const kept = new Set(this.#staged.entries.map(({ path }) => path));
    const folders = new Set(this.#staged.entries.flatMap(({ path }) => ancestors(path)));
    for await (const node of this.#live.walk('', this.#options.signal)) {
      if (kept.has(node.path) || folders.has(node.path)) continue;
      if (node.type === 'folder') this.#wanted.removeFolders.push(node.path);
      else if (node.type === 'other')
        this.#warn('left-out', `${shown(node.path)} stays: it is a socket, a pipe or a device.`);
      else this.#wanted.remove.push(node.path);
    }
  }

  async finish(): Promise<MovePlan> {
    const change = await planChange(this.#live, this.#wanted, this.#options.signal);
    return {
      added: this.#added,
      replaced: this.#replaced,
      removed: change.remove,
      unchanged: this.#unchanged,
      warnings: this.#warnings,
      change,
    };
  }

  async #isSame(entry: StagedEntry, node: TreeNode): Promise<boolean> {
    if (entry.type !== node.type) return false;
    if (entry.type === 'symlink') return (await readlink(node.absolute)) === entry.linkTarget;
    if (BigInt(entry.size) !== node.stats.size) return false;
    if (entry.mode !== undefined && entry.mode !== Number(node.stats.mode & 0o777n)) return false;
    if (entry.mtime !== undefined && !sameTime(entry.mtime, mtimeOf(node.stats))) return false;
    const staged = join(this.#staged.tree, entry.path);
    return this.#comparison.same(staged, node.absolute, this.#options.signal);
  }

  async #holdsExcluded(path: string): Promise<boolean> {
    for (const folder of this.#options.exclude) {
      const real = await realpath(folder).catch(() => resolve(folder));
      for (let above = real; above !== dirname(above); above = dirname(above)) {
        if (above === join(this.#live.root, path)) return true;
      }
    }
    return false;
  }

  #warn(code: string, message: string): void {
    this.#warnings.push({ code, message });
  }
}

function ancestors(path: string): string[] {
  return path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));
}

/** A tar of ours holds whole seconds. */
function sameTime(stored: number, live: number): boolean {
  return stored % 1000 === 0 ? Math.floor(live / 1000) * 1000 === stored : Math.abs(stored - live) < 1;
}
