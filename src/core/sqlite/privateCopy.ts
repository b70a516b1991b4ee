import { constants } from 'node:fs';
import { copyFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import type { Task } from '../task.ts';
import { busyDatabase, vanished } from './sqliteProblem.ts';

const mostAttempts = 20;

/**
 * Copies a database and its write-ahead log into a private folder, for where SQLite cannot open the original: in a
 * folder it cannot write to, or with a log but no `-shm`. The copy counts only when neither file moved meanwhile.
 * @returns the copy's path
 * @throws BackupError database-vanished, busy
 */
export async function copyPrivately(
  path: string,
  folder: string,
  task: Pick<Task, 'signal'>,
): Promise<string> {
  const copy = join(folder, 'database.sqlite3');
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    throwIfCancelled(task.signal);
    const before = await stamp(path);
    if (before === absent) throw vanished(path);
    const walBefore = await stamp(`${path}-wal`);
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    if (walBefore === absent) await rm(`${copy}-wal`, { force: true });
    else await copyFile(`${path}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE).catch(ignoreVanished);
    if ((await stamp(path)) === before && (await stamp(`${path}-wal`)) === walBefore) return copy;
  }
  throw busyDatabase(path);
}

export const absent = 'absent';

/** Moves whenever the file is written to, as far as the file system's clock can tell two writes apart. */
export async function stamp(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return absent;
    throw error;
  }
}

/** A log that vanished while it was copied shows in its stamp. */
function ignoreVanished(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}
