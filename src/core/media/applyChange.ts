import { dirname, join } from 'node:path';
import { throwIfCancelled } from '../errors.ts';
import { hasCode, systemCode } from '../files/fileProblem.ts';
import type { MediaTask } from './archive.ts';
import { type Change, changedMeanwhile, type Stamp, sameStamp, stampOf } from './change.ts';
import type { FilePort } from './filePort.ts';
import { type Owner, place } from './place.ts';
import { parentsOf } from './safePath.ts';
import { mtimeOf, statsOf } from './walk.ts';

export interface ApplyOptions extends MediaTask {
  /** Name of temporary files beside the live ones. */
  part: string;
  /** Sources may be moved away. */
  spend: boolean;
  /** How each path must stand still when its turn comes; undefined asks nothing. */
  before: Map<string, Stamp | undefined> | undefined;
}

/** Does a change, file by file. It can be done again after it stopped anywhere. */
export async function applyChange(files: FilePort, change: Change, options: ApplyOptions): Promise<void> {
  const applying = new Applying(files, change, options);
  await applying.all();
}

class Applying {
  readonly #files: FilePort;
  readonly #change: Change;
  readonly #options: ApplyOptions;
  readonly #realFolders = new Set<string>();
  readonly #unlocked = new Map<string, number>();
  readonly #folders = new Set<string>();
  #done = 0;

  constructor(files: FilePort, change: Change, options: ApplyOptions) {
    this.#files = files;
    this.#change = change;
    this.#options = options;
  }

  async all(): Promise<void> {
    for (const path of this.#change.remove) await this.#remove(path);
    for (const path of this.#change.removeFolders) await this.#removeFolder(path);
    for (const path of this.#change.makeFolders) await this.#makeFolder(path);
    for (const step of this.#change.put) await this.#put(step.path, step.from);
    for (const folder of this.#folders)
      await this.#files.syncFolder(join(this.#change.root, folder)).catch(isGone);
    await this.#setFolders();
  }

  async #remove(path: string): Promise<void> {
    if (!(await this.#begin(path))) return;
    await this.#files.unlink(this.#live(path)).catch(isGone);
  }

  async #removeFolder(path: string): Promise<void> {
    if (!(await this.#enter(path))) return;
    await this.#files.rmdir(this.#live(path)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
    });
    this.#realFolders.delete(path);
  }

  async #makeFolder(path: string): Promise<void> {
    if (!(await this.#enter(path))) throw changedMeanwhile(this.#live(path));
    const live = this.#live(path);
    await this.#files.mkdir(live).catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST' || !(await statsOf(live))?.isDirectory()) throw error;
    });
    const owner = await ownerFor(live);
    if (owner) await this.#files.lchown(live, owner.uid, owner.gid);
  }

  async #put(path: string, from: string): Promise<void> {
    if (!(await this.#begin(path))) throw changedMeanwhile(this.#live(path));
    const { part, spend } = this.#options;
    this.#realFolders.delete(path);
    await place(
      this.#files,
      from,
      this.#live(path),
      part,
      spend,
      spend ? await ownerFor(this.#live(path)) : undefined,
    );
  }

  /** Before a file is touched: its folder is a real one inside the root, and it stands as it did when it was kept. */
  async #begin(path: string): Promise<boolean> {
    throwIfCancelled(this.#options.signal);
    this.#options.report?.({
      phase: 'committing',
      done: this.#done++,
      total: this.#change.remove.length + this.#change.put.length,
      unit: 'files',
      item: path,
    });
    if (!(await this.#enter(path))) return false;
    const { before } = this.#options;
    if (before?.has(path) && !sameStamp(before.get(path), await fileStamp(this.#live(path)))) {
      throw changedMeanwhile(this.#live(path));
    }
    return true;
  }

  /** Whether every folder above a path is a real one; a link there would lead out of the root. */
  async #enter(path: string): Promise<boolean> {
    if (path === '') return true;
    if (!(await this.#isBelowFolders(path))) return false;
    const folder = parentsOf(path).at(-1) ?? '';
    if (!this.#folders.has(folder)) await this.#unlock(folder);
    this.#folders.add(folder);
    return true;
  }

  async #isBelowFolders(path: string): Promise<boolean> {
    if (path === '') return true;
    for (const parent of ['', ...parentsOf(path)]) {
      if (this.#realFolders.has(parent)) continue;
      if (!(await statsOf(this.#live(parent)))?.isDirectory()) return false;
      this.#realFolders.add(parent);
    }
    return true;
  }

  /** A folder that its owner cannot write is opened for the work; a root like that was meant. */
  async #unlock(folder: string): Promise<void> {
    if (folder === '' || process.platform === 'win32') return;
    const mode = Number((await statsOf(this.#live(folder)))?.mode ?? 0o700n) & 0o7777;
    if ((mode & 0o300) === 0o300) return;
    await this.#files.chmod(this.#live(folder), mode | 0o300);
    this.#unlocked.set(folder, mode);
  }

  async #setFolders(): Promise<void> {
    const facts = new Map(this.#change.setFolders.map((folder) => [folder.path, folder]));
    for (const [path, mode] of this.#unlocked) {
      const wanted = facts.get(path);
      facts.set(path, { ...wanted, path, mode: wanted?.mode ?? mode });
    }
    for (const { path, mode, mtime } of [...facts.values()].reverse()) {
      const live = this.#live(path);
      const stats = (await this.#isBelowFolders(path)) ? await statsOf(live) : undefined;
      if (!stats?.isDirectory()) continue;
      // An archive tells nothing of setgid, which a shared media folder passes on to the folders made in it.
      const special = mode !== undefined && mode <= 0o777 ? Number(stats.mode & 0o7000n) : 0;
      // What is right already may be on a disk that takes no writing: nothing was done there, nothing is to be undone.
      if (mtime !== undefined && mtimeOf(stats) !== mtime) await this.#files.setMtime(live, mtime);
      if (mode !== undefined && Number(stats.mode & 0o7777n) !== (mode | special))
        await this.#files.chmod(live, mode | special);
    }
  }

  #live(path: string): string {
    return join(this.#change.root, path);
  }
}

/** Whose a new file should be where we may give files away: of what it replaces, else of the folder it comes into. */
async function ownerFor(live: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const stats = (await statsOf(live)) ?? (await statsOf(dirname(live)));
  return stats && { uid: Number(stats.uid), gid: Number(stats.gid) };
}

/** A folder that is on its way out counts as nothing. */
async function fileStamp(path: string): Promise<Stamp | undefined> {
  return (await statsOf(path))?.isDirectory() ? undefined : await stampOf(path);
}

function isGone(error: unknown): void {
  if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
}
