import { lstat, mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import type { Bytes } from '../task.ts';
import { type ArchiveKind, badArchive, type CheckedEntry, shown } from './archive.ts';
import { type NameFold, nameFoldOf } from './nameFold.ts';
import { oldPrefix, PrefixWatch, withoutPrefix } from './prefix.ts';
import { type ReadOptions, readArchive } from './readArchive.ts';
import { linkStaysInside, parentsOf } from './safePath.ts';
import { copyStagedFile, writeStagedFile, writeStagedLink } from './stagedFile.ts';

export interface StagedEntry {
  /** Relative to the media root. */
  path: string;
  type: 'file' | 'folder' | 'symlink';
  /** 0 to 0o777; undefined where the archive does not tell. */
  mode: number | undefined;
  /** Milliseconds since 1970; undefined where the archive does not tell. */
  mtime: number | undefined;
  size: number;
  linkTarget: string | undefined;
}

/** An archive unpacked beside the media root. It belongs to the caller, who removes `folder` in the end. */
export interface Staged {
  folder: string;
  /** Where the members lie; below `folder`. */
  tree: string;
  entries: StagedEntry[];
  files: number;
  /** Bytes of the files' content. */
  bytes: number;
  /** Whether every member carried the old `media/` prefix, which was taken off. */
  prefixRemoved: boolean;
}

export interface StageOptions extends ReadOptions {
  /** Only members that are wanted are unpacked (paths as in the archive). All where left out. */
  wanted?: (path: string) => boolean;
}

/**
 * Unpacks an archive into a new private folder (0700), each member checked first. On any error nothing of it remains.
 * @param folder a path that does not exist yet, see stagingFolderBeside
 * @throws BackupError bad-archive, over-limit, damaged, disk-full, folder-not-writable, cancelled
 */
export async function stageArchive(
  source: Bytes,
  kind: ArchiveKind,
  folder: string,
  options: StageOptions,
): Promise<Staged> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    throw fileProblem(error, folder);
  });
  try {
    const staging = new Staging(folder, await nameFoldOf(folder), options);
    await mkdir(staging.tree);
    const space = await statfs(folder);
    const room = space.bavail * space.bsize;
    for await (const entry of readArchive(source, kind, options)) {
      if (staging.bytes + entry.size > room) throw noRoom(folder, entry.path);
      await staging.take(entry);
    }
    return await staging.finish(kind);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw fileProblem(error, folder);
  }
}

class Staging {
  readonly tree: string;
  bytes = 0;
  readonly #folder: string;
  readonly #fold: NameFold;
  readonly #options: StageOptions;
  readonly #watch = new PrefixWatch();
  readonly #byFold = new Map<string, { path: string; type: StagedEntry['type'] }>();
  readonly #made = new Set<string>(['']);
  readonly #entries: StagedEntry[] = [];
  #files = 0;

  constructor(folder: string, fold: NameFold, options: StageOptions) {
    this.#folder = folder;
    this.tree = join(folder, 'tree');
    this.#fold = fold;
    this.#options = options;
  }

  async take(entry: CheckedEntry): Promise<void> {
    this.#watch.see(entry);
    if (entry.path === '' || this.#options.wanted?.(entry.path) === false) return;
    const type = entry.type === 'hardlink' ? 'file' : entry.type;
    if (this.#collides(entry.path, type)) return;
    const { path, mode, mtime } = entry;
    const staged = { path, type, mode, mtime, size: 0, linkTarget: undefined };
    try {
      await this.#makeFolders(type === 'folder' ? [...parentsOf(path), path] : parentsOf(path));
      if (type === 'file') this.#entries.push({ ...staged, size: await this.#writeFile(entry) });
      else this.#entries.push({ ...staged, linkTarget: type === 'symlink' ? entry.linkTarget : undefined });
    } catch (error) {
      if (systemCode(error) !== 'ENAMETOOLONG') throw error;
      this.#leaveOut('name-not-storable', path, 'its name is too long for this disk');
    }
  }

  /** Links are made last: nothing can be written through one that is not there. */
  async finish(kind: ArchiveKind): Promise<Staged> {
    const prefixRemoved = kind === 'tar' && this.#watch.found && this.#options.wanted === undefined;
    const entries: StagedEntry[] = [];
    for (const entry of this.#entries) {
      const path = prefixRemoved ? withoutPrefix(entry.path) : entry.path;
      if (path === '') continue;
      if (entry.type === 'symlink') {
        throwIfCancelled(this.#options.signal);
        if (!(await this.#makeLink({ ...entry, path }, join(this.tree, entry.path)))) continue;
      }
      entries.push({ ...entry, path });
    }
    if (prefixRemoved) {
      this.#options.onWarning?.({
        code: 'prefix-removed',
        message: `Every name in this backup begins with ${oldPrefix}/, as old versions of django-dbbackup wrote it; it was taken off.`,
      });
    }
    const tree = prefixRemoved ? join(this.tree, oldPrefix) : this.tree;
    return { folder: this.#folder, tree, entries, files: this.#files, bytes: this.bytes, prefixRemoved };
  }

  async #writeFile(entry: CheckedEntry): Promise<number> {
    const path = join(this.tree, entry.path);
    const size =
      entry.type === 'hardlink'
        ? await copyStagedFile(join(this.tree, entry.linkTarget ?? ''), path, entry)
        : await writeStagedFile(path, entry, this.#options.signal, (bytes) =>
            this.#options.report?.({
              phase: 'decoding',
              done: this.bytes + bytes,
              unit: 'bytes',
              item: entry.path,
            }),
          );
    this.#files++;
    this.bytes += size;
    return size;
  }

  async #makeLink(entry: StagedEntry, at: string): Promise<boolean> {
    const target = entry.linkTarget ?? '';
    if (!linkStaysInside(entry.path, target)) {
      this.#leaveOut(
        'link-leaves-root',
        entry.path,
        `it is a link to ${shown(target)}, outside the media folder`,
      );
      return false;
    }
    try {
      await writeStagedLink(at, target, entry.mtime);
      return true;
    } catch (error) {
      if (systemCode(error) !== 'EPERM') throw error;
      this.#leaveOut('link-not-storable', entry.path, 'this system lets you make no links');
      return false;
    }
  }

  /** On a disk where two names of the archive are one file, the first has the place. */
  #collides(path: string, type: StagedEntry['type']): boolean {
    for (const parent of [...parentsOf(path), path]) {
      const isParent = parent !== path;
      const key = this.#fold(parent);
      const there = this.#byFold.get(key);
      if (there === undefined) {
        this.#byFold.set(key, { path: parent, type: isParent ? 'folder' : type });
      } else if (there.path !== parent && (!isParent || there.type !== 'folder')) {
        if (type === 'folder' && there.type === 'folder') continue;
        this.#leaveOut('name-collision', path, `on this disk ${shown(there.path)} is the same name`);
        return true;
      }
    }
    return false;
  }

  async #makeFolders(paths: string[]): Promise<void> {
    for (const path of paths) {
      if (this.#made.has(path)) continue;
      await mkdir(join(this.tree, path)).catch(async (error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
        if (!(await lstat(join(this.tree, path))).isDirectory())
          throw badArchive(`${shown(path)} is no folder.`);
      });
      this.#made.add(path);
    }
  }

  #leaveOut(code: string, path: string, why: string): void {
    this.#options.onWarning?.({ code, message: `${shown(path)} was left out: ${why}.` });
  }
}

function noRoom(folder: string, path: string): BackupError {
  return new BackupError(
    'disk-full',
    `There is not enough room beside the media folder to unpack this backup (at ${shown(path)}, in ${folder}).`,
    'Free some space and try again.',
  );
}
