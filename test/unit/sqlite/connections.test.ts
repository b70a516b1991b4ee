import { join } from 'node:path';
import * as sqlite from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NativeConnection, openFile } from '../../../src/core/sqlite/nativeConnection.ts';
import { loadSqlJs, WasmConnection } from '../../../src/core/sqlite/wasmConnection.ts';
import { scratchFolder } from '../../support/scratch.ts';

function native(sql = '', onClose?: () => void): NativeConnection {
  const database = new sqlite.DatabaseSync(':memory:');
  database.exec(sql);
  const connection = new NativeConnection(database, 'the database', onClose);
  onTestFinished(() => connection.close());
  return connection;
}

async function wasm(sql = ''): Promise<WasmConnection> {
  const { Database } = await loadSqlJs();
  const database = new Database();
  database.exec(sql);
  const connection = new WasmConnection(database, 'the database');
  onTestFinished(() => connection.close());
  return connection;
}

const numbers =
  'CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)';

describe('a connection to SQLite', () => {
  it('reads the same rows once more while they are being read', () => {
    const connection = native(numbers);
    const sql = 'SELECT a FROM t WHERE a <= ?';
    const pairs = [...connection.rows(sql, 3n)].flatMap(([outer]) =>
      [...connection.rows(sql, 2n)].map(([inner]) => [outer, inner]),
    );
    expect(pairs).toHaveLength(6);
    const nested: unknown[] = [];
    for (const [outer] of connection.rows(sql, 3n))
      for (const [inner] of connection.rows(sql, 2n)) nested.push([outer, inner]);
    expect(nested).toEqual(pairs);
  });

  it('goes on with statements that take turns, more of them than are kept, and with one that was not read to its end', () => {
    const connection = native(numbers);
    for (let turn = 0; turn < 3; turn++) {
      for (let at = 1; at <= 12; at++) {
        const [row] = connection.rows(`SELECT a, ${at} FROM t WHERE a >= ?`, BigInt(at));
        expect(row).toEqual([BigInt(at), BigInt(at)]);
      }
    }
    connection.exec('DROP TABLE t');
    expect(() => [...connection.rows('SELECT a, 12 FROM t WHERE a >= ?', 1n)]).toThrow(/no such table/);
  });

  it('says once that it was closed', () => {
    let closed = 0;
    const connection = native('', () => closed++);
    connection.close();
    connection.close();
    expect(closed).toBe(1);
  });

  it('opens a file for reading unless it is to be written, and looks after no foreign keys', async () => {
    const path = join(await scratchFolder(), 'a #1?.sqlite3');
    const made = new sqlite.DatabaseSync(path);
    made.exec('CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p(id))');
    made.close();
    for (const mode of [{ mode: 'ro' }, { immutable: '1' }] as const) {
      const database = openFile(sqlite, path, mode);
      expect(() => database.exec('INSERT INTO p VALUES (1)')).toThrow(/readonly/);
      expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 0 });
      database.close();
    }
    const database = openFile(sqlite, path, { mode: 'rw' });
    database.exec('INSERT INTO c VALUES (7)');
    database.close();
    expect(() => openFile(sqlite, `${path}.gone`, { mode: 'rw' })).toThrow();
  });

  it('lets a function be called by those who ask, not by a schema', () => {
    const connection = native('CREATE TABLE t(a); INSERT INTO t VALUES (1)');
    connection.define('twice', (value) => (value as bigint) * 2n);
    expect([...connection.rows('SELECT twice(21), twice(a) FROM t')]).toEqual([[42n, 2n]]);
    // As an index may be by one that gives the same for the same.
    expect([...connection.rows('SELECT a FROM t WHERE twice(a) = 2')]).toEqual([[1n]]);
    connection.exec('CREATE VIEW v AS SELECT twice(a) FROM t');
    expect(() => [...connection.rows('SELECT * FROM v')]).toThrow(/unsafe use/);
  });
});

describe('a connection to sql.js', () => {
  it('names the tables of a module that it has not', async () => {
    const connection = await wasm();
    expect(() => connection.exec('CREATE VIRTUAL TABLE v USING nothing_like_it(a)')).toThrow(
      expect.objectContaining({
        code: 'engine-cannot',
        message: 'This engine has no nothing_like_it, which the database is made with.',
      }),
    );
    connection.exec(`PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING nothing_like_it(a)')`);
    connection.exec('PRAGMA writable_schema = RESET');
    expect(() => [...connection.rows('SELECT * FROM v')]).toThrow(
      expect.objectContaining({
        code: 'engine-cannot',
        message: 'This engine has no nothing_like_it, which table v is made with.',
      }),
    );
  });

  it('says that there is no memory where JavaScript or emscripten says so', async () => {
    const { Database } = await loadSqlJs();
    const failures = [
      new RangeError('Array buffer allocation failed'),
      Object.assign(new Error('abort'), { name: 'RuntimeError' }),
    ];
    for (const failure of failures) {
      const database = new Database();
      const failing = Object.create(database, {
        run: {
          value: () => {
            throw failure;
          },
        },
      }) as typeof database;
      const connection = new WasmConnection(failing, 'the database');
      expect(() => connection.exec('SELECT 1')).toThrow(
        expect.objectContaining({
          code: 'engine-cannot',
          message: expect.stringContaining('memory'),
          cause: failure,
        }),
      );
      database.close();
    }
  });

  it('gives functions whole numbers as integers, and minus zero as what it is', async () => {
    const connection = await wasm();
    const given: unknown[] = [];
    connection.define('take', (...values) => {
      given.push(...values);
      return 1n;
    });
    expect([...connection.rows('SELECT take(1, 1.5, -0.0, NULL)')]).toHaveLength(1);
    expect(given).toEqual([1n, 1.5, -0, null]);
  });

  it('reaches no other database, and is closed once', async () => {
    const connection = await wasm();
    expect(connection.attach()).toBe(false);
    connection.close();
    connection.close();
  });
});
