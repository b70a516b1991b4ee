import { readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, systemCode } from '../files/fileProblem.ts';
import type { FilePort } from './filePort.ts';
import { mtimeOf, statsOf } from './walk.ts';

/** What a file system that knows no hard links, or not these, answers to link(). */
const noLink = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Puts a file or link at a path, over the file or link that is there, in one step: whoever looks sees the old or the new.
 * @param part name of the temporary file beside it
 * @param spend the source may be moved away; else it stays as it is
 */
export async function place(
  files: FilePort,
  from: string,
  to: string,
  part: string,
  spend: boolean,
  owner?: Owner,
): Promise<void> {
  const source = await statsOf(from);
  const there = await statsOf(to);
  // rename() of one file's two names does nothing and leaves both.
  if (source && there && source.ino === there.ino && source.dev === there.dev) return;
  if (spend && owner) await files.lchown(from, owner.uid, owner.gid);
  if (spend && (await moved(files, from, to))) return;
  const temporary = join(dirname(to), part);
  try {
    await duplicate(files, from, temporary, !spend, owner);
    await files.rename(temporary, to);
  } catch (error) {
    await files.unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * A second file of the same content, mode and date: a hard link where one is allowed and possible, else a durable copy.
 * Of a link, a link to the same target.
 */
export async function duplicate(
  files: FilePort,
  from: string,
  to: string,
  mayLink: boolean,
  owner?: Owner,
): Promise<void> {
  const stats = await statsOf(from);
  if (!stats) throw Object.assign(new Error(`${from} is gone`), { code: 'ENOENT' });
  if (stats.isSymbolicLink()) {
    await files.symlink(await readlink(from), to);
  } else {
    if (mayLink && (await linked(files, from, to))) return;
    await files.copyFile(from, to);
    await files.chmod(to, Number(stats.mode & 0o7777n));
    await files.syncFile(to);
  }
  await files.setMtime(to, mtimeOf(stats));
  if (process.getuid?.() === 0)
    await files.lchown(to, owner?.uid ?? Number(stats.uid), owner?.gid ?? Number(stats.gid));
}

async function moved(files: FilePort, from: string, to: string): Promise<boolean> {
  try {
    await files.rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EXDEV') return false;
    throw error;
  }
}

async function linked(files: FilePort, from: string, to: string): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, ...noLink)) return false;
    throw error;
  }
}
