import type { Task } from '../task.ts';

/** A value as SQLite stores it. Integers are always bigint: 2^53 is not enough for a 64-bit column. */
export type SqlValue = null | bigint | number | string | Uint8Array;

/** Facts of a database's header that a restore keeps (https://sqlite.org/fileformat2.html#the_database_header). */
export interface DatabaseShape {
  /** Bytes, 512 to 65536. */
  pageSize: number;
  encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be';
  /** 0 none, 1 full, 2 incremental. */
  autoVacuum: number;
}

/** Shape of a live database, and how it keeps its journal. */
export interface LiveShape extends DatabaseShape {
  /** True in WAL mode, where SQLite cannot change the page size. */
  wal: boolean;
}

/** One open database. All calls are synchronous: run them in the worker or in the command line's own process. */
export interface Connection {
  /** Runs one or more statements that give no rows. */
  exec(sql: string): void;
  /**
   * Rows as arrays in column order, read as they are pulled. Parameters are plain `?`. Text that is not UTF-8, or holds
   * a NUL (where Node 22 cuts it off), is exact only as `CAST(x AS BLOB)`, in the database's own encoding.
   */
  rows(sql: string, ...parameters: SqlValue[]): IterableIterator<SqlValue[]>;
  /**
   * Makes a JavaScript function callable from SQL; it is pure. Through the wasm engine integers beyond 2^53 lose digits,
   * and a REAL that is a whole number arrives as an integer.
   */
  define(name: string, implementation: (...values: SqlValue[]) => SqlValue): void;
  /**
   * Makes a private, finished database readable beside this one, as the schema `name`, until it is closed. False where the
   * engine cannot, or where the two have different encodings.
   */
  attach(path: string, name: string): boolean;
  close(): void;
}

export interface StagingOptions extends DatabaseShape {
  /** A file in a private folder, or `:memory:`, of which nothing is ever on disk. */
  path: string;
}

/**
 * SQLite as this program needs it, whichever build of it is at hand. One contract suite runs against both.
 */
export interface Engine {
  readonly name: 'native' | 'wasm';
  /** SQLite's own version, as `3.53.4`. */
  readonly version: string;
  /** Path of the script of a thread that can load dumps with this engine. */
  readonly loadThread?: string | undefined;
  /**
   * The live database inside ONE read transaction: a running server, WAL and all, is seen as one moment. In a rollback
   * journal mode nobody can commit to it until the connection is closed; the wasm engine has it in memory instead.
   * @throws BackupError database-vanished, database-corrupt, busy, engine-cannot
   */
  openSnapshot(path: string, task: Pick<Task, 'signal' | 'report'>): Promise<Connection>;
  /**
   * A new private file (or none, `:memory:`) with the given shape, mode 0600: journal and sync off, foreign keys off,
   * extensions refused, and ATTACH where the host can (Node 24.15). The wasm engine writes it when it is closed.
   */
  openStaging(options: StagingOptions): Promise<Connection>;
  /** A private, finished database file (staging, undo copy, decrypted snapshot) for reading only. */
  openPrivate(path: string): Promise<Connection>;
  /**
   * A private, finished database file to be changed before it is committed: sync and foreign keys off, no extensions. The
   * wasm engine writes it when it is closed.
   */
  openToChange(path: string): Promise<Connection>;
  /**
   * Writes a page-level copy of the live database as one moment into a new file, mode 0600, that stands alone: marked
   * as having no write-ahead log, otherwise the same pages.
   * @throws BackupError database-vanished, database-corrupt, busy, disk-full, engine-cannot
   */
  copyOut(livePath: string, targetPath: string, task: Pick<Task, 'signal' | 'report'>): Promise<void>;
  /** Shape of the live database, or undefined where the file does not exist or is empty. */
  shapeOf(path: string): Promise<LiveShape | undefined>;
  /**
   * Puts the private database at `stagingPath` (which may be marked as having no write-ahead log for it) into `livePath`
   * so that readers see the old or the new, never a mix.
   *
   * Nobody's rows are lost unseen: the native engine compares the token when it holds the live database's write lock and
   * no other process can commit any more. The wasm engine, which has no locks, compares before it renames, and once
   * more after, when it puts the old file back if that moved.
   * @throws BackupError busy (after at most 15 s), database-readonly, database-corrupt, disk-full, engine-cannot
   */
  commit(commit: Commit, task: Pick<Task, 'signal' | 'report'>): Promise<CommitResult>;
  /**
   * A token of the live database's content, for {@link Commit.unlessMovedFrom}. The native one keeps a connection open
   * until it is used, asked for again, or ten minutes old; then it counts as moved.
   */
  contentToken(livePath: string): Promise<string>;
}

export interface Commit {
  stagingPath: string;
  livePath: string;
  /** The commit is given up with `moved` when the live database's content token is no longer this one. */
  unlessMovedFrom?: string;
}

export type CommitResult = Committed | { outcome: 'moved' };

export interface Committed {
  outcome: 'committed';
  /** True where processes with the database open must be restarted (wasm). */
  restartNeeded: boolean;
}
