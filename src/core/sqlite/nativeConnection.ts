import type { DatabaseSync, DatabaseSyncOptions, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Connection, SqlValue } from './engine.ts';
import { quoteText } from './literals.ts';
import { quoteName } from './names.ts';
import { sqliteProblem, tooLongForText } from './sqliteProblem.ts';

/** node:sqlite, loaded when first asked for: some hosts have it not, and others crash when it is loaded early. */
export type NodeSqlite = typeof import('node:sqlite');

/** Parameters of SQLite's file names (https://sqlite.org/uri.html). */
export type OpenMode = { mode: 'rw' | 'ro' } | { immutable: '1' };

/** Opens an existing file. Without `mode`, SQLite would make a new, empty one where it has vanished. */
export function openFile(
  { DatabaseSync: Database }: NodeSqlite,
  path: string,
  mode: OpenMode,
  options: DatabaseSyncOptions = {},
): DatabaseSync {
  const readOnly = !('mode' in mode) || mode.mode === 'ro';
  return new Database(databaseUrl(path, mode), { enableForeignKeyConstraints: false, readOnly, ...options });
}

/** SQLite takes no network host in a `file:` name, so Windows' `\\server\share` stays a plain path. */
function databaseUrl(path: string, mode: OpenMode): URL | string {
  const url = pathToFileURL(path);
  if (url.host !== '') return path;
  url.search = new URLSearchParams(mode).toString();
  return url;
}

/** The one value of a pragma that gives one. */
export function pragma(database: DatabaseSync, name: 'page_size' | 'page_count'): number;
export function pragma(database: DatabaseSync, name: 'journal_mode' | 'data_version'): unknown;
export function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Statements that take turns, as when rows are put back one by one. */
const mostIdle = 8;

interface Prepared {
  sql: string;
  statement: StatementSync;
}

/** A {@link Connection} over node:sqlite. */
export class NativeConnection implements Connection {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #onClose: () => void;
  /** The statements whose rows were read last, to their end or not, the latest at the end. */
  readonly #idle = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, path: string, onClose: () => void = () => undefined) {
    this.#database = database;
    this.#path = path;
    this.#onClose = onClose;
  }

  exec(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw sqliteProblem(error, this.#path);
    }
  }

  rows(sql: string, ...parameters: SqlValue[]): IterableIterator<SqlValue[]> {
    try {
      const statement = this.#prepared(sql);
      // The types know rows as objects only; setReturnArrays makes them arrays.
      const rows = statement.iterate(...parameters) as unknown as Iterable<SqlValue[]>;
      return this.#explained(rows, { sql, statement });
    } catch (error) {
      throw sqliteProblem(error, this.#path);
    }
  }

  /** What is asked again and again is prepared once: for a long SELECT that takes as long as a hundred of its rows. */
  #prepared(sql: string): StatementSync {
    const idle = this.#idle.get(sql);
    this.#idle.delete(sql);
    if (idle) return idle;
    const statement = this.#database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return statement;
  }

  define(name: string, implementation: (...values: SqlValue[]) => SqlValue): void {
    const options = { deterministic: true, directOnly: true, varargs: true, useBigIntArguments: true };
    this.#database.function(name, options, implementation as (...values: unknown[]) => SqlValue);
  }

  attach(path: string, name: string): boolean {
    try {
      this.#database.exec(
        `ATTACH ${quoteText(String(databaseUrl(path, { immutable: '1' })))} AS ${quoteName(name)}`,
      );
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#onClose();
  }

  *#explained(rows: Iterable<SqlValue[]>, done: Prepared): Generator<SqlValue[], undefined> {
    try {
      yield* rows;
    } catch (error) {
      throw isNoRow(error) ? tooLongForText(this.#path, error) : sqliteProblem(error, this.#path);
    } finally {
      this.#idle.set(done.sql, done.statement);
      const [oldest] = this.#idle.keys();
      if (this.#idle.size > mostIdle && oldest !== undefined) this.#idle.delete(oldest);
    }
  }
}

/** Of a row with a text that is longer than JavaScript's can be, node:sqlite gives nothing, not even an error. */
function isNoRow(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('Iterator result undefined');
}
