import type { Database, SqlJsStatic, Statement, SqlValue as StockValue } from 'sql.js';
import { asError, BackupError } from '../errors.ts';
import type { Connection, SqlValue } from './engine.ts';
import { sqliteProblem } from './sqliteProblem.ts';
import { bindLiterals } from './wasmParameters.ts';

/** sql.js, loaded when first asked for: its wasm image takes a tenth of a second to compile. */
export async function loadSqlJs(): Promise<SqlJsStatic> {
  // It finds sql-wasm.wasm beside its own file, in node_modules as in dist/vendor.
  const { default: initialize } = await import('sql.js');
  return initialize();
}

/** What the types of sql.js leave out: with `useBigInt`, integers come as bigint. */
interface ExactStatement {
  get(parameters: null, config: { useBigInt: true }): SqlValue[];
}

/** A {@link Connection} over sql.js. */
export class WasmConnection implements Connection {
  readonly #database: Database;
  readonly #path: string;
  readonly #beforeClose: (database: Database) => void;
  #open = true;

  constructor(database: Database, path: string, beforeClose: (database: Database) => void = () => undefined) {
    this.#database = database;
    this.#path = path;
    this.#beforeClose = beforeClose;
  }

  exec(sql: string): void {
    try {
      this.#database.run(sql);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  rows(sql: string, ...parameters: SqlValue[]): IterableIterator<SqlValue[]> {
    try {
      const bound = bindLiterals(sql, parameters);
      const statement = this.#database.prepare(bound.sql, bound.parameters);
      return this.#step(statement);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** sql.js hands integers over as doubles: exact to 2^53, and a REAL that is a whole number counts as an integer. */
  define(name: string, implementation: (...values: SqlValue[]) => SqlValue): void {
    const stock = (...values: StockValue[]): StockValue => toStock(implementation(...values.map(fromStock)));
    // Its length is the number of parameters that SQLite is told; -1 stands for any.
    this.#database.create_function(name, Object.defineProperty(stock, 'length', { value: -1 }));
  }

  /** Its databases are in memory, one to a connection. */
  attach(): boolean {
    return false;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#beforeClose(this.#database);
    } finally {
      this.#database.close();
    }
  }

  *#step(statement: Statement): Generator<SqlValue[], undefined> {
    try {
      const exact = statement as unknown as ExactStatement;
      while (statement.step()) yield exact.get(null, { useBigInt: true });
    } catch (error) {
      throw this.#explain(error);
    } finally {
      statement.free();
    }
  }

  #explain(error: unknown): unknown {
    const message = asError(error).message;
    const module = /^no such module: (.+)$/.exec(message)?.[1];
    if (module !== undefined) return this.#noModule(module);
    if (isOutOfMemory(error)) return tooLarge(this.#path, error);
    return sqliteProblem(asError(error), this.#path);
  }

  #noModule(module: string): BackupError {
    const sql = `SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%' AND sql LIKE ?`;
    const names = [...this.rows(sql, `%USING ${module}%`)].map(([name]) => String(name));
    return new BackupError(
      'engine-cannot',
      `This engine has no ${module}, which ${names.length > 0 ? `table ${names.join(', ')}` : this.#path} is made with.`,
      'Use Node 22.16 or later, whose own SQLite has it.',
    );
  }
}

/** JavaScript's way of saying so, and that of emscripten's abort(). */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError');
}

function tooLarge(path: string, cause: unknown): BackupError {
  return new BackupError(
    'engine-cannot',
    `${path} does not fit into the memory this engine has.`,
    'Use Node 22.16 or later, whose own SQLite reads from the file.',
    { cause },
  );
}

/** Minus zero is a REAL for sure; every other whole number may have been an INTEGER. */
function fromStock(value: StockValue): SqlValue {
  const whole = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0);
  return whole ? BigInt(value) : value;
}

function toStock(value: SqlValue): StockValue {
  return typeof value === 'bigint' ? Number(value) : value;
}
