import { BackupError } from '../errors.ts';
import { statsOf } from './walk.ts';

/** A file or link that goes into the tree. */
export interface PutStep {
  path: string;
  /** Absolute path of what goes there. */
  from: string;
}

/** A folder as it should stand at the end. */
export interface FolderFacts {
  path: string;
  /** 0 to 0o7777; left as it is where undefined. */
  mode?: number | undefined;
  /** Milliseconds since 1970; left as it is where undefined. */
  mtime?: number | undefined;
}

/**
 * A change of a tree, done in this order. Paths are relative to the root, an empty one is the root itself.
 * Plain data: it stands in the journal.
 */
export interface Change {
  /** Absolute, links resolved. */
  root: string;
  /** Files and links. */
  remove: string[];
  /** The deepest first; one that is not empty stays. */
  removeFolders: string[];
  /** The outermost first. */
  makeFolders: string[];
  put: PutStep[];
  setFolders: FolderFacts[];
}

/** How a file looks from outside: enough to tell that somebody else has been at it. */
export interface Stamp {
  /** As decimal text; JSON has no numbers of that size. */
  inode: string;
  size: string;
  mtimeNs: string;
}

export async function stampOf(path: string): Promise<Stamp | undefined> {
  const stats = await statsOf(path);
  return stats && { inode: String(stats.ino), size: String(stats.size), mtimeNs: String(stats.mtimeNs) };
}

export function sameStamp(one: Stamp | undefined, other: Stamp | undefined): boolean {
  return one?.inode === other?.inode && one?.size === other?.size && one?.mtimeNs === other?.mtimeNs;
}

export function changedMeanwhile(path: string): BackupError {
  return new BackupError(
    'busy',
    `${path} changed while the restore was at work. The media folder is as it was.`,
    'Stop what writes into the media folder, and try again.',
  );
}
