import { open, stat } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { Task } from '../task.ts';
import { busyPatienceMs, isBusy, whileBusy } from './busy.ts';
import type {
  Commit,
  CommitResult,
  Connection,
  DatabaseShape,
  Engine,
  LiveShape,
  StagingOptions,
} from './engine.ts';
import { NativeConnection, type NodeSqlite, openFile } from './nativeConnection.ts';
import { resultCode, resultCodes, sqliteProblem, vanished } from './sqliteProblem.ts';

export interface EngineOptions {
  /** How long a locked database is tried again, in milliseconds; 15 s unless a test says otherwise. */
  patienceMs?: number;
}

type Waiting = Pick<Task, 'signal' | 'report'>;

const quietTask: Waiting = { signal: new AbortController().signal, report: () => undefined };

/** The host's own SQLite, or undefined where it has none that can make backups (before Node 22.16, some Electrons). */
export async function nativeEngine(options: EngineOptions = {}): Promise<Engine | undefined> {
  const sqlite = await import('node:sqlite').catch(() => undefined);
  return typeof sqlite?.backup === 'function' ? new NativeEngine(sqlite, options) : undefined;
}

class NativeEngine implements Engine {
  readonly name = 'native';
  readonly version = process.versions.sqlite ?? 'unknown';
  readonly #sqlite: NodeSqlite;
  readonly #patienceMs: number;

  constructor(sqlite: NodeSqlite, { patienceMs = busyPatienceMs }: EngineOptions) {
    this.#sqlite = sqlite;
    this.#patienceMs = patienceMs;
  }

  async openSnapshot(path: string, task: Waiting): Promise<Connection> {
    return new NativeConnection(await this.#snapshot(path, task), path);
  }

  async openStaging({ path, pageSize, encoding, autoVacuum }: StagingOptions): Promise<Connection> {
    // SQLite would make the file readable by everyone; it takes an empty one for a new database.
    if (path !== ':memory:') await (await open(path, 'wx', 0o600)).close();
    // Old dumps put "text" in double quotes and write to the shadow tables of virtual ones; ATTACH could write anywhere.
    const database = new this.#sqlite.DatabaseSync(path, {
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
      PRAGMA cache_size = -65536;
      PRAGMA trusted_schema = OFF;`);
    return connection;
  }

  async openPrivate(path: string): Promise<Connection> {
    if (!(await stat(path).catch(() => undefined))) throw vanished(path);
    try {
      // Nobody writes to it, so there is nothing to lock, and no -wal or -shm is made beside it.
      const database = openFile(
        this.#sqlite,
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

  async copyOut(_livePath: string, _targetPath: string, _task: Waiting): Promise<void> {
    throw new Error('not there yet');
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
      const [pageSize, encoding, autoVacuum, journalMode] = row ?? [];
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

  async commit(_commit: Commit, _task: Waiting): Promise<CommitResult> {
    throw new Error('not there yet');
  }

  async contentToken(_livePath: string): Promise<string> {
    throw new Error('not there yet');
  }

  async #snapshot(path: string, task: Waiting): Promise<DatabaseSync> {
    if (!(await stat(path).catch(() => undefined))) throw vanished(path);
    return whileBusy(path, task, this.#patienceMs, async () => {
      try {
        return this.#beginReading(path);
      } catch (error) {
        if (resultCode(error) === resultCodes.busy) return isBusy;
        throw sqliteProblem(error, path);
      }
    });
  }

  #beginReading(path: string): DatabaseSync {
    // Read-write: a read-only connection cannot roll back a hot journal, and leaves -wal and -shm behind.
    const database = openFile(this.#sqlite, path, { mode: 'rw' }, { enableDoubleQuotedStringLiterals: true });
    try {
      // BEGIN alone locks nothing: the first read fixes the moment.
      database.exec('PRAGMA query_only = ON; BEGIN; SELECT 1 FROM sqlite_schema');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }
}
