import type { DatabaseSync } from 'node:sqlite';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { tidy } from '../files/tidy.ts';
import type { Task } from '../task.ts';
import { isBusy, whileBusy } from './busy.ts';
import type { CommitResult } from './engine.ts';
import { readHeader } from './header.ts';
import { markWithoutLog, padToTwoPages } from './image.ts';
import { type NodeSqlite, openFile, pragma } from './nativeConnection.ts';
import type { LiveAccess } from './nativeLive.ts';
import type { Watch } from './nativeWatch.ts';
import { resultCode, resultCodes, sqliteProblem } from './sqliteProblem.ts';

type Waiting = Pick<Task, 'signal' | 'report'>;

/** Pages per step come to about this many bytes: half of SQLite's default cache, so that no step spills to disk. */
const stepBytes = 1 << 20;

class Moved extends Error {}

/**
 * Copies a private database over a live one by SQLite's online backup, as one transaction of the live database.
 *
 * What nobody's rows are lost by: the backup's first step takes the live database's write lock (in the rollback modes
 * its exclusive lock), later ones keep it, and the last one commits. It is made in two steps or more, and between the
 * first and the second, when no other process can commit any more, the watch is asked whether one has since it began.
 * Where one has, the backup is abandoned and SQLite rolls the live database back: the answer is exact, not a guess.
 * @param moved asked once, under the lock
 */
export async function commitByBackup(
  stagingPath: string,
  livePath: string,
  watch: Watch | undefined,
  { sqlite, patienceMs }: LiveAccess,
  task: Waiting,
): Promise<CommitResult> {
  const source = await openInTwoPages(stagingPath, sqlite);
  try {
    if (watch?.wal && watch.pageSize !== source.pageSize) throw otherPageSize(livePath, watch.pageSize);
    return await whileBusy(livePath, task, patienceMs, () => attempt(source, sqlite, livePath, watch, task));
  } finally {
    await source.close();
  }
}

interface Source {
  database: DatabaseSync;
  pages: number;
  pageSize: number;
  close(): Promise<void>;
}

/** A database of one page would be committed in one step, with no moment under the lock before it. */
async function openInTwoPages(path: string, sqlite: NodeSqlite): Promise<Source> {
  const { wal } = await readHeader(path);
  if (wal) await markWithoutLog(path);
  const source = openSource(path, sqlite);
  if (source.pages >= 2) return source;
  await source.close();
  const padded = `${path}-padded`;
  await padToTwoPages(path, padded);
  const { close, ...rest } = openSource(padded, sqlite);
  return { ...rest, close: () => close().finally(() => tidy(padded)) };
}

function openSource(path: string, sqlite: NodeSqlite): Source {
  const database = openFile(sqlite, path, { immutable: '1' });
  const [pages, pageSize] = [pragma(database, 'page_count'), pragma(database, 'page_size')];
  return { database, pages, pageSize, close: async () => database.close() };
}

async function attempt(
  { database, pages, pageSize }: Source,
  sqlite: NodeSqlite,
  livePath: string,
  watch: Watch | undefined,
  task: Waiting,
): Promise<CommitResult | typeof isBusy> {
  let looked = false;
  try {
    await sqlite.backup(database, livePath, {
      rate: Math.max(1, Math.min(pages - 1, Math.floor(stepBytes / pageSize))),
      progress({ totalPages, remainingPages }) {
        if (!looked && watch?.moved()) throw new Moved();
        looked = true;
        throwIfCancelled(task.signal);
        report(task, (totalPages - remainingPages) * pageSize, totalPages * pageSize);
      },
    });
    return { outcome: 'committed', restartNeeded: false };
  } catch (error) {
    if (error instanceof Moved) return { outcome: 'moved' };
    if (isLocked(error)) return isBusy;
    throw explain(error, livePath);
  }
}

function report(task: Waiting, done: number, total: number): void {
  task.report({ phase: 'committing', done, total, unit: 'bytes' });
}

/** Where the first step finds a lock in its way, node:sqlite reports SQLITE_OK: "not an error". */
function isLocked(error: unknown): boolean {
  const code = resultCode(error);
  if (code === resultCodes.busy || code === resultCodes.locked) return true;
  return error instanceof Error && error.message === 'not an error';
}

function explain(error: unknown, livePath: string): unknown {
  if (resultCode(error) !== resultCodes.cannotOpen) return sqliteProblem(error, livePath);
  return new BackupError(
    'database-readonly',
    `${livePath} cannot be written to, or no journal can be made beside it.`,
    'Check the permissions of the file and of its folder.',
    { cause: error },
  );
}

function otherPageSize(livePath: string, pageSize: number | undefined): BackupError {
  return new BackupError(
    'engine-cannot',
    `${livePath} is in WAL mode, where SQLite cannot change its page size (${pageSize}).`,
    'Take it out of WAL mode for the restore (PRAGMA journal_mode = DELETE), or restore into a new file.',
  );
}
