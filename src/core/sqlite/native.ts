import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { throwIfCancelled } from '../errors.ts';
import { tidy } from '../files/tidy.ts';
import type { Task } from '../task.ts';
import { busyPatienceMs } from './busy.ts';
import type {
  Commit,
  CommitResult,
  Connection,
  DatabaseShape,
  Engine,
  LiveShape,
  StagingOptions,
} from './engine.ts';
import { readHeader } from './header.ts';
import { markWithoutLog } from './image.ts';
import { commitByBackup } from './nativeCommit.ts';
import { NativeConnection, type NodeSqlite, openFile, pragma } from './nativeConnection.ts';
import { type LiveAccess, openReading } from './nativeLive.ts';
import { type Watch, watch } from './nativeWatch.ts';
import { realPath } from './realPath.ts';
import { resultCode, resultCodes, sqliteProblem, vanished } from './sqliteProblem.ts';

export interface EngineOptions {
  /** `DBBACKUP_HOME`, where private copies are made. */
  home: string;
  /** How long a locked database is tried again, in milliseconds; 15 s unless a test says otherwise. */
  patienceMs?: number;
  /** Path of the script of a thread that loads dumps; without it they are loaded in the thread that calls. */
  loadThread?: string | undefined;
}

type Waiting = Pick<Task, 'signal' | 'report'>;

const quietTask: Waiting = { signal: new AbortController().signal, report: () => undefined };

/** How long a token that nobody commits with is good for. */
const tokenMs = 10 * 60_000;

/** Pages of a snapshot are copied in steps of about this many bytes, between which it can be cancelled. */
const stepBytes = 8 << 20;

/** The host's own SQLite, or undefined where it has none that can make backups (before Node 22.16, some Electrons). */
export async function nativeEngine(options: EngineOptions): Promise<Engine | undefined> {
  const sqlite = await loadNodeSqlite();
  return typeof sqlite?.backup === 'function' ? new NativeEngine(sqlite, options) : undefined;
}

/** Node 22 warns on stderr that SQLite is experimental, which would be in every mail that cron sends. */
async function loadNodeSqlite(): Promise<NodeSqlite | undefined> {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental'))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return await import('node:sqlite');
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

class NativeEngine implements Engine {
  readonly name = 'native';
  readonly version = process.versions.sqlite ?? 'unknown';
  readonly loadThread: string | undefined;
  readonly #access: LiveAccess;
  readonly #watches = new Map<string, Watch>();

  constructor(sqlite: NodeSqlite, { home, patienceMs = busyPatienceMs, loadThread }: EngineOptions) {
    this.#access = { sqlite, home, patienceMs };
    this.loadThread = loadThread;
  }

  async openSnapshot(path: string, task: Waiting): Promise<Connection> {
    const { database, close } = await openReading(path, this.#access, task);
    return new NativeConnection(database, path, close);
  }

  async openStaging({ path, pageSize, encoding, autoVacuum }: StagingOptions): Promise<Connection> {
    // SQLite would make the file readable by everyone; it takes an empty one for a new database.
    if (path !== ':memory:') await (await open(path, 'wx', 0o600)).close();
    // Old dumps put "text" in double quotes and write to the shadow tables of virtual ones. ATTACH could write anywhere:
    // hosts before Node 24.15 have no such limit, and there the loader's list of allowed statements stands alone.
    const database = new this.#access.sqlite.DatabaseSync(path, {
      enableForeignKeyConstraints: false,
      enableDoubleQuotedStringLiterals: true,
      defensive: false,
      limits: { attach: 0 },
    });
    const connection = new NativeConnection(database, path);
    connection.exec(`
      PRAGMA page_size = ${pageSize};
      PRAGMA encoding = '${encoding}';
      PRAGMA auto_vacuum = ${autoVacuum};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA cache_size = -16384;
      PRAGMA trusted_schema = OFF;
      -- What is in memory alone must not be sorted in a temporary file.
      PRAGMA temp_store = ${path === ':memory:' ? 'MEMORY' : 'DEFAULT'};
      -- Writes the header, so that the shape is fixed and even an empty database is one.
      PRAGMA user_version = 0;`);
    return connection;
  }

  async openPrivate(path: string): Promise<Connection> {
    if (!(await stat(path).catch(() => undefined))) throw vanished(path);
    try {
      // Nobody writes to it, so there is nothing to lock, and no -wal or -shm is made beside it.
      const database = openFile(
        this.#access.sqlite,
        path,
        { immutable: '1' },
        { enableDoubleQuotedStringLiterals: true },
      );
      const connection = new NativeConnection(database, path);
      connection.exec(
        'PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; SELECT 1 FROM sqlite_schema',
      );
      return connection;
    } catch (error) {
      throw sqliteProblem(error, path);
    }
  }

  async openToChange(path: string): Promise<Connection> {
    if (!(await stat(path).catch(() => undefined))) throw vanished(path);
    // A defensive connection does not let its journal be turned off, and says nothing of that.
    const options = { enableDoubleQuotedStringLiterals: true, defensive: false, limits: { attach: 0 } };
    const connection = new NativeConnection(
      openFile(this.#access.sqlite, path, { mode: 'rw' }, options),
      path,
    );
    connection.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = MEMORY;
      PRAGMA synchronous = OFF;
      PRAGMA trusted_schema = OFF;`);
    return connection;
  }

  async copyOut(livePath: string, targetPath: string, task: Waiting): Promise<void> {
    const { database, close } = await openReading(livePath, this.#access, task);
    try {
      await (await open(targetPath, 'wx', 0o600)).close();
      await copyPages(this.#access.sqlite, database, targetPath, task).catch(async (error: unknown) => {
        await tidy(targetPath, `${targetPath}-journal`);
        throw sqliteProblem(error, resultCode(error) === resultCodes.full ? targetPath : livePath);
      });
      await finishCopy(targetPath);
    } finally {
      close();
    }
  }

  async shapeOf(path: string): Promise<LiveShape | undefined> {
    const facts = await stat(path).catch(() => undefined);
    if (!facts || facts.size === 0) return undefined;
    const connection = await this.openSnapshot(path, quietTask);
    try {
      const [row] = connection.rows(
        `SELECT page_size, encoding, auto_vacuum, journal_mode
         FROM pragma_page_size, pragma_encoding, pragma_auto_vacuum, pragma_journal_mode`,
      );
      const [pageSize, encoding, autoVacuum, journalMode] = row!;
      return {
        pageSize: Number(pageSize),
        encoding: encoding as DatabaseShape['encoding'],
        autoVacuum: Number(autoVacuum),
        wal: journalMode === 'wal',
      };
    } finally {
      connection.close();
    }
  }

  async commit({ stagingPath, livePath, unlessMovedFrom }: Commit, task: Waiting): Promise<CommitResult> {
    const watched = unlessMovedFrom === undefined ? undefined : this.#watches.get(unlessMovedFrom);
    // A token that has run out says nothing any more, which is as good as a database that moved.
    if (unlessMovedFrom !== undefined && !watched) return { outcome: 'moved' };
    try {
      return await commitByBackup(stagingPath, await realPath(livePath), watched, this.#access, task);
    } finally {
      if (unlessMovedFrom !== undefined) this.#forget(unlessMovedFrom);
    }
  }

  /** Keeps a connection open until the token is used, is asked for again, or ten minutes have passed. */
  async contentToken(livePath: string): Promise<string> {
    const path = await realPath(livePath);
    for (const [token, older] of this.#watches) if (older.path === path) this.#forget(token);
    const watched = await watch(path, this.#access, quietTask);
    const token = randomBytes(8).toString('hex');
    this.#watches.set(token, watched);
    setTimeout(() => this.#forget(token), tokenMs).unref();
    return token;
  }

  #forget(token: string): void {
    this.#watches.get(token)?.close();
    this.#watches.delete(token);
  }
}

async function copyPages(
  sqlite: NodeSqlite,
  source: DatabaseSync,
  targetPath: string,
  task: Waiting,
): Promise<void> {
  const pageSize = pragma(source, 'page_size');
  await sqlite.backup(source, targetPath, {
    rate: Math.max(1, Math.floor(stepBytes / pageSize)),
    progress({ totalPages, remainingPages }) {
      throwIfCancelled(task.signal);
      const done = (totalPages - remainingPages) * pageSize;
      task.report({ phase: 'reading', done, total: totalPages * pageSize, unit: 'bytes' });
    },
  });
}

/** The backup keeps the source's header, and with it the word that a log belongs to the file. */
async function finishCopy(path: string): Promise<void> {
  if ((await stat(path)).size > 0 && (await readHeader(path)).wal) await markWithoutLog(path);
}
