import { lstat, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import { tidy } from '../files/tidy.ts';
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
  /** Only members that are wanted are unpacked (paths as listArchive gives them). All where left out. */
  wanted?: (path: string) => boolean;
  /** Which names the disk takes for one; found out by trying where left out. */
  nameFold?: NameFold;
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
    const staging = new Staging(folder, kind, options.nameFold ?? (await nameFoldOf(folder)), options);
    await mkdir(staging.tree);
    const space = await statfs(folder);
    const room = space.bavail * space.bsize;
    for await (const entry of readArchive(source, kind, options)) {
      if (staging.written + entry.size > room) throw noRoom(folder, entry.path);
      await staging.take(entry);
    }
    return await staging.finish();
  } catch (error) {
    await tidy(folder);
    throw fileProblem(error, folder);
  }
}

class Staging {
  readonly tree: string;
  /** Bytes on disk so far, wanted or not. */
  written = 0;
  readonly #folder: string;
  readonly #kind: ArchiveKind;
  readonly #fold: NameFold;
  readonly #options: StageOptions;
  readonly #watch = new PrefixWatch();
  readonly #byFold = new Map<string, { path: string; type: StagedEntry['type'] }>();
  readonly #made = new Set<string>(['']);
  readonly #entries: StagedEntry[] = [];
  readonly #staged = new Set<string>();

  constructor(folder: string, kind: ArchiveKind, fold: NameFold, options: StageOptions) {
    this.#folder = folder;
    this.#kind = kind;
    this.tree = join(folder, 'tree');
    this.#fold = fold;
    this.#options = options;
  }

  async take(entry: CheckedEntry): Promise<void> {
    this.#watch.see(entry);
    if (entry.path === '' || !this.#mayBeWanted(entry.path)) return;
    const type = entry.type === 'hardlink' ? 'file' : entry.type;
    if (this.#collides(entry.path, type)) return;
    const { path, mode, mtime } = entry;
    const staged = { path, type, mode, mtime, size: 0, linkTarget: undefined };
    if (entry.type === 'hardlink' && !this.#staged.has(entry.linkTarget!)) {
      return this.#leaveOut('link-not-storable', path, 'the file it is a link to was left out');
    }
    try {
      await this.#makeFolders(type === 'folder' ? [...parentsOf(path), path] : parentsOf(path));
      if (type === 'file') {
        this.#entries.push({ ...staged, size: await this.#writeFile(entry) });
        this.#staged.add(path);
      } else this.#entries.push({ ...staged, linkTarget: type === 'symlink' ? entry.linkTarget : undefined });
    } catch (error) {
      if (systemCode(error) !== 'ENAMETOOLONG') throw error;
      this.#leaveOut('name-not-storable', path, 'its name is too long for this disk');
    }
  }

  /** An old prefix shows only at the end; until then a path may be meant with it or without. */
  #mayBeWanted(path: string): boolean {
    const { wanted } = this.#options;
    if (!wanted || wanted(path)) return true;
    return this.#kind === 'tar' && path.startsWith(`${oldPrefix}/`) && wanted(withoutPrefix(path));
  }

  /** Links are made last: nothing can be written through one that is not there. */
  async finish(): Promise<Staged> {
    const prefixRemoved = this.#kind === 'tar' && this.#watch.found;
    const entries: StagedEntry[] = [];
    let [files, bytes] = [0, 0];
    for (const entry of this.#entries) {
      const path = prefixRemoved ? withoutPrefix(entry.path) : entry.path;
      if (path === '' || this.#options.wanted?.(path) === false) continue;
      if (entry.type === 'file') files++;
      bytes += entry.size;
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
    return { folder: this.#folder, tree, entries, files, bytes, prefixRemoved };
  }

  async #writeFile(entry: CheckedEntry): Promise<number> {
    const path = join(this.tree, entry.path);
    const size =
      entry.type === 'hardlink'
        ? await copyStagedFile(join(this.tree, entry.linkTarget!), path, entry)
        : await writeStagedFile(path, entry, this.#options.signal, (bytes) =>
            this.#options.report?.({
              phase: 'decoding',
              done: this.written + bytes,
              unit: 'bytes',
              item: entry.path,
            }),
          );
    this.written += size;
    return size;
  }

  async #makeLink(entry: StagedEntry, at: string): Promise<boolean> {
    const target = entry.linkTarget!;
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
