import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Database, SqlJsStatic } from 'sql.js';
import { fileProblem } from '../files/fileProblem.ts';
import { tidy } from '../files/tidy.ts';
import type { Task } from '../task.ts';
import { busyPatienceMs } from './busy.ts';
import type { Commit, CommitResult, Connection, Engine, LiveShape, StagingOptions } from './engine.ts';
import { readHeader } from './header.ts';
import type { EngineOptions } from './native.ts';
import { realPath } from './realPath.ts';
import { commitByRename, fileToken } from './wasmCommit.ts';
import { loadSqlJs, WasmConnection } from './wasmConnection.ts';
import { readLiveImage, readPrivateImage } from './wasmImage.ts';

type Waiting = Pick<Task, 'signal' | 'report'>;

const neverAborted = new AbortController().signal;

/** sql.js: SQLite compiled to WebAssembly, databases in memory, no locks; for hosts without SQLite of their own. */
export async function wasmEngine(options: Pick<EngineOptions, 'patienceMs'> = {}): Promise<Engine> {
  const sqlJs = await loadSqlJs();
  const database = new sqlJs.Database();
  const version = String(database.exec('SELECT sqlite_version()')[0]?.values[0]?.[0]);
  database.close();
  return new WasmEngine(sqlJs, version, options);
}

class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly version: string;
  readonly #sqlJs: SqlJsStatic;
  readonly #patienceMs: number;

  constructor(
    sqlJs: SqlJsStatic,
    version: string,
    { patienceMs = busyPatienceMs }: Pick<EngineOptions, 'patienceMs'>,
  ) {
    this.#sqlJs = sqlJs;
    this.version = version;
    this.#patienceMs = patienceMs;
  }

  async openSnapshot(path: string, task: Waiting): Promise<Connection> {
    return this.#openImage(await readLiveImage(await realPath(path), task, this.#patienceMs), path);
  }

  /** In memory; closing it writes the file. */
  async openStaging({ path, pageSize, encoding, autoVacuum }: StagingOptions): Promise<Connection> {
    const inMemory = path === ':memory:';
    if (!inMemory) await (await open(path, 'wx', 0o600)).close();
    const save = inMemory ? undefined : (database: Database) => saveImage(database.export(), path);
    const connection = new WasmConnection(new this.#sqlJs.Database(), path, save);
    connection.exec(`
      PRAGMA page_size = ${pageSize};
      PRAGMA encoding = '${encoding}';
      PRAGMA auto_vacuum = ${autoVacuum};
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA cache_size = -65536;
      PRAGMA trusted_schema = OFF;
      PRAGMA user_version = 0;`);
    return connection;
  }

  async openPrivate(path: string): Promise<Connection> {
    const connection = this.#openImage(await readPrivateImage(path, neverAborted), path);
    connection.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    return connection;
  }

  async openToChange(path: string): Promise<Connection> {
    const image = await readPrivateImage(path, neverAborted);
    const save = (database: Database) => saveImage(database.export(), path);
    const connection = new WasmConnection(new this.#sqlJs.Database(image), path, save);
    connection.exec('PRAGMA journal_mode = MEMORY; PRAGMA trusted_schema = OFF');
    return connection;
  }

  async copyOut(livePath: string, targetPath: string, task: Waiting): Promise<void> {
    const image = await readLiveImage(await realPath(livePath), task, this.#patienceMs);
    // An image that is no database is found out here, not when it is needed.
    this.#openImage(image, livePath).close();
    const file = await open(targetPath, 'wx', 0o600);
    try {
      await file.writeFile(image);
      await file.sync();
    } catch (error) {
      await tidy(targetPath);
      throw fileProblem(error, targetPath);
    } finally {
      await file.close();
    }
  }

  async shapeOf(path: string): Promise<LiveShape | undefined> {
    const facts = await stat(path).catch(() => undefined);
    if (!facts || facts.size === 0) return undefined;
    const { pageSize, encoding, autoVacuum, wal } = await readHeader(path);
    return { pageSize, encoding, autoVacuum, wal };
  }

  async commit({ stagingPath, livePath, unlessMovedFrom }: Commit, task: Waiting): Promise<CommitResult> {
    return commitByRename(stagingPath, await realPath(livePath), unlessMovedFrom, task);
  }

  async contentToken(livePath: string): Promise<string> {
    return fileToken(await realPath(livePath));
  }

  #openImage(image: Uint8Array, path: string): WasmConnection {
    const connection = new WasmConnection(new this.#sqlJs.Database(image.length === 0 ? null : image), path);
    try {
      connection.exec('PRAGMA query_only = ON; SELECT 1 FROM sqlite_schema');
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

const chunkBytes = 16 << 20;

/** A half-written file never stands under the name that was asked for. */
function saveImage(image: Uint8Array, path: string): void {
  const part = `${path}.part`;
  try {
    writeWhole(image, part);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw fileProblem(error, path);
  }
}

function writeWhole(bytes: Uint8Array, path: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; )
      at += writeSync(file, bytes, at, Math.min(chunkBytes, bytes.length - at));
  } finally {
    closeSync(file);
  }
}
