import type { BigIntStats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { fileProblem, hasCode, systemCode } from '../files/fileProblem.ts';
import { type MediaTask, shown } from './archive.ts';

export interface TreeNode {
  /** Relative to the root, parts parted by `/`. */
  path: string;
  absolute: string;
  type: 'file' | 'folder' | 'symlink' | 'other';
  stats: BigIntStats;
}

export interface WalkOptions extends MediaTask {
  /** Absolute folders (or files) that are passed over, with all that is in them. */
  exclude: readonly string[];
}

/** Our own files in the making: of a backup written into the media folder, of a move-in. */
const ownPart = /^\.dbbackup-.*\.part$/;

/**
 * Everything below a folder, a folder before what is in it, names in order. Links are not followed. What vanishes
 * meanwhile is passed over; a name that is not UTF-8 is passed over with a warning.
 */
export async function* walkTree(root: string, options: WalkOptions, below = ''): AsyncGenerator<TreeNode> {
  const folder = join(root, below);
  for (const name of await namesIn(folder, options)) {
    throwIfCancelled(options.signal);
    if (ownPart.test(name)) continue;
    const absolute = join(folder, name);
    if (isExcluded(absolute, options.exclude)) continue;
    const stats = await statsOf(absolute);
    if (!stats) continue;
    const path = below === '' ? name : `${below}/${name}`;
    yield { path, absolute, type: typeOf(stats), stats };
    if (stats.isDirectory()) yield* walkTree(root, options, path);
  }
}

/** Whether a path is one of the excluded ones or lies in one. All are absolute. */
export function isExcluded(absolute: string, exclude: readonly string[]): boolean {
  return exclude.some((folder) => absolute === folder || absolute.startsWith(folder + sep));
}

/**
 * The media root with the links on the way to it resolved, and the excluded folders likewise, without those that hold the
 * root: they would leave nothing of it. `isExcluded` tells that the root is one of them.
 * @param mayBeMissing gives the place of a root that is yet to be made
 * @throws BackupError media-root-missing, media-root-refused for what is no folder
 */
export async function resolveRoot(
  root: string,
  exclude: readonly string[],
  mayBeMissing = false,
): Promise<{ root: string; exclude: string[]; isExcluded: boolean }> {
  const real = (await realRoot(root)) ?? (mayBeMissing ? await placeFor(root) : undefined);
  if (real === undefined) throw missingRoot(root);
  const stats = await statsOf(real);
  if (stats && !stats.isDirectory()) {
    throw new BackupError(
      'media-root-refused',
      `The media root ${root} is not a folder.`,
      'Set dbbackup.mediaRoot to a folder.',
    );
  }
  const excluded = await Promise.all(exclude.map((path) => realpath(path).catch(() => resolve(path))));
  const exceptions = excluded.filter((folder) => !isExcluded(real, [folder]));
  return { root: real, exclude: exceptions, isExcluded: excluded.includes(real) };
}

async function realRoot(root: string): Promise<string | undefined> {
  return await realpath(root).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileProblem(error, root);
  });
}

async function placeFor(root: string): Promise<string | undefined> {
  const above = await realRoot(dirname(resolve(root)));
  return above && join(above, basename(root));
}

function missingRoot(root: string): BackupError {
  return new BackupError(
    'media-root-missing',
    `The media folder ${root} does not exist.`,
    'Create it, or set dbbackup.mediaRoot.',
  );
}

export async function statsOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileProblem(error, path);
  }
}

export function typeOf(stats: BigIntStats): TreeNode['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** Milliseconds since 1970, with the fraction that a double can hold (about a quarter of a microsecond). */
export function mtimeOf(stats: BigIntStats): number {
  return Number(stats.mtimeNs) / 1e6;
}

async function namesIn(folder: string, options: WalkOptions): Promise<string[]> {
  const raw = await readdir(folder, { encoding: 'buffer' }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileProblem(error, folder);
  });
  const names: string[] = [];
  for (const bytes of raw) {
    const name = bytes.toString();
    if (Buffer.from(name).equals(bytes)) names.push(name);
    else {
      options.onWarning?.({
        code: 'name-not-utf8',
        message: `A file in ${folder} was left out: its name, ${shown(bytes.toString('latin1'))} as Latin-1, is not UTF-8.`,
        hint: 'Rename it, so that every system can hold it.',
      });
    }
  }
  return names.sort();
}
