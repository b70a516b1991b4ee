import { existsSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { workFolder } from '../files/privateFolder.ts';
import type { Task } from '../task.ts';
import { isBusy, whileBusy } from './busy.ts';
import { connectionOpened } from './descriptors.ts';
import { type NodeSqlite, openFile } from './nativeConnection.ts';
import { copyPrivately } from './privateCopy.ts';
import { realPath } from './realPath.ts';
import { resultCode, resultCodes, sqliteProblem, vanished } from './sqliteProblem.ts';

/** An open live database (or a private copy of it), and what to do once it is closed. */
export interface LiveDatabase {
  database: DatabaseSync;
  close(): void;
}

export interface LiveAccess {
  sqlite: NodeSqlite;
  patienceMs: number;
  /** `DBBACKUP_HOME`, for private copies. */
  home: string;
}

/**
 * A live database inside a read transaction that has begun.
 * @throws BackupError database-vanished, database-corrupt, busy
 */
export async function openReading(
  livePath: string,
  access: LiveAccess,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<LiveDatabase> {
  const path = await realPath(livePath);
  if (hasLogAlone(path)) return openCopy(path, access, task);
  return whileBusy(path, task, access.patienceMs, async () => {
    if (!existsSync(path)) throw vanished(path);
    try {
      return openBesideOthers(path, access.sqlite);
    } catch (error) {
      const code = resultCode(error);
      if (code === resultCodes.busy) return isBusy;
      // A WAL database, or one with a hot journal, in a folder where SQLite cannot make or remove a file.
      const shut = code === resultCodes.cannotOpen || code === resultCodes.readOnly;
      if (shut && existsSync(path)) return openCopy(path, access, task);
      throw sqliteProblem(error, path);
    }
  });
}

/**
 * A live database that is about to be written to, inside a read transaction that has begun.
 * @throws BackupError database-vanished, database-corrupt, busy
 */
export async function openWatching(path: string, access: LiveAccess, task: Pick<Task, 'signal' | 'report'>) {
  return whileBusy(path, task, access.patienceMs, async () => {
    try {
      return beginReading(path, access.sqlite, 'rw');
    } catch (error) {
      if (resultCode(error) === resultCodes.busy) return isBusy;
      throw sqliteProblem(error, path);
    }
  });
}

/**
 * Opens read-write, because a read-only connection cannot roll back a hot journal and leaves new -wal and -shm behind.
 * Where they are there already a read-only one leaves them, and the log unmerged, as they were.
 */
function openBesideOthers(path: string, sqlite: NodeSqlite): LiveDatabase {
  if (!existsSync(`${path}-shm`)) return beginReading(path, sqlite, 'rw');
  try {
    return beginReading(path, sqlite, 'ro');
  } catch (error) {
    if (resultCode(error) !== resultCodes.readOnly) throw error;
    return beginReading(path, sqlite, 'rw');
  }
}

function beginReading(path: string, sqlite: NodeSqlite, mode: 'ro' | 'rw'): LiveDatabase {
  const database = openFile(sqlite, path, { mode }, { enableDoubleQuotedStringLiterals: true });
  const noteClosed = connectionOpened(path);
  const close = () => {
    if (database.isOpen) database.close();
    noteClosed();
  };
  try {
    // BEGIN alone locks nothing: the first read fixes the moment.
    database.exec('PRAGMA query_only = ON; BEGIN; SELECT 1 FROM sqlite_schema');
    return { database, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A log without its -shm belongs to no running process; opening it here would make SQLite merge it into the database. */
function hasLogAlone(path: string): boolean {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return log !== undefined && log.size > 0 && !existsSync(`${path}-shm`);
}

async function openCopy(
  path: string,
  { sqlite, home }: LiveAccess,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<LiveDatabase> {
  const folder = (await workFolder(home)).path;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = beginReading(await copyPrivately(path, folder, task), sqlite, 'rw');
    return {
      database: copy.database,
      close() {
        copy.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw sqliteProblem(error, path);
  }
}
