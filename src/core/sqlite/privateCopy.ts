import { constants } from 'node:fs';
import { chmod, copyFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import type { Task } from '../task.ts';
import { busyDatabase, vanished } from './sqliteProblem.ts';

const mostAttempts = 20;

/** The database itself, and what SQLite reads together with it: a log to merge, a journal to roll back. */
const parts = ['', '-wal', '-journal'];

/**
 * Copies a database with its write-ahead log or journal into a private folder, for where SQLite cannot open the
 * original: in a folder it cannot write to, or with a log but no `-shm`. The copy counts only when nothing moved
 * meanwhile.
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
    const before = await stamps(path);
    if (before[0] === absent) throw vanished(path);
    for (const part of parts) await copyPart(path + part, copy + part);
    if ((await stamps(path)).join() === before.join()) return copy;
  }
  throw busyDatabase(path);
}

async function copyPart(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o600);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function stamps(path: string): Promise<string[]> {
  return Promise.all(parts.map((part) => stamp(path + part)));
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
