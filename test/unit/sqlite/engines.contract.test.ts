import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatabaseShape, Engine, SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { readHeader } from '../../../src/core/sqlite/header.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

/** Node 24.15 and later; before, only the loader's list of allowed statements stands in the way. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasAttachLimit = major > 24 || (major === 24 && minor >= 15);

const shape: DatabaseShape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 };
const pageSizes = [512, 1024, 4096, 32_768, 65_536];
const encodings = ['UTF-8', 'UTF-16le', 'UTF-16be'] as const;

const values: SqlValue[] = [
  null,
  0n,
  -1n,
  2n ** 53n + 1n,
  9_223_372_036_854_775_807n,
  -9_223_372_036_854_775_808n,
  1,
  -2.5,
  1e300,
  Number.MIN_VALUE,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '',
  "it's ü 🦆\r\n",
  new Uint8Array(),
  new Uint8Array([0, 255, 0]),
];

async function stage(engine: Engine, path: string, sql: string, options: Partial<DatabaseShape> = {}) {
  const staging = await engine.openStaging({ ...shape, ...options, path });
  staging.exec(sql);
  staging.close();
}

describe.each(['native', 'wasm'])('the %s engine', (name) => {
  const choose = () => chooseEngine({ ...process.env, DBBACKUP_ENGINE: name }, { patienceMs: 300 });

  it('says which it is', async () => {
    const engine = await choose();
    expect(engine.name).toBe(name);
    expect(engine.version).toMatch(/^3\.\d+\.\d+$/);
  });

  describe('a staging database', () => {
    it.each(pageSizes.flatMap((pageSize) => encodings.map((encoding) => ({ pageSize, encoding }))))(
      'has the shape that was asked for: $pageSize, $encoding',
      async (wanted) => {
        const [engine, path] = [await choose(), join(await scratchFolder(), 'staging.sqlite3')];
        await stage(engine, path, 'CREATE TABLE t (a)', { ...wanted, autoVacuum: 1 });
        expect(await engine.shapeOf(path)).toEqual({ ...wanted, autoVacuum: 1, wal: false });
        expect((await stat(path)).mode & 0o777).toBe(0o600);
      },
    );

    it('is a database even when nothing was put into it', async () => {
      const [engine, path] = [await choose(), join(await scratchFolder(), 'staging.sqlite3')];
      await stage(engine, path, '', { pageSize: 8192, autoVacuum: 2 });
      expect(await engine.shapeOf(path)).toEqual({ ...shape, pageSize: 8192, autoVacuum: 2, wal: false });
    });

    it('does not replace a file', async () => {
      const [engine, path] = [await choose(), join(await scratchFolder(), 'staging.sqlite3')];
      await writeFile(path, 'mine');
      await expect(stage(engine, path, 'CREATE TABLE t (a)')).rejects.toThrow('EEXIST');
      expect(await readFile(path, 'utf8')).toBe('mine');
    });

    it('can be held in memory', async () => {
      const staging = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      staging.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
      expect([...staging.rows('SELECT a FROM t')]).toEqual([[1n]]);
      staging.close();
    });

    it('takes text in double quotes, and rows whose parents are missing', async () => {
      const staging = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      staging.exec(
        'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (a REFERENCES p(id), b DEFAULT "x")',
      );
      staging.exec('INSERT INTO c (a) VALUES (7)');
      expect([...staging.rows('SELECT a, b FROM c')]).toEqual([[7n, 'x']]);
      staging.close();
    });

    it.skipIf(name === 'native' && !hasAttachLimit)('writes no file through ATTACH', async () => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      const staging = await engine.openStaging({ ...shape, path: join(folder, 'staging.sqlite3') });
      try {
        staging.exec(`ATTACH '${join(folder, 'stolen')}' AS a; CREATE TABLE a.t (x)`);
      } catch {
        // Refused by the one engine; the other attaches a file of its own that is only in memory.
      }
      staging.close();
      expect(await readdir(folder)).toEqual(['staging.sqlite3']);
    });
  });

  describe('a connection', () => {
    it.each(encodings)('gives every value back as it was stored, in %s', async (encoding) => {
      const [engine, path] = [await choose(), join(await scratchFolder(), 'a b#?%20ü.sqlite3')];
      const staging = await engine.openStaging({ ...shape, encoding, path });
      staging.exec('CREATE TABLE t (a)');
      for (const value of values) expect([...staging.rows('INSERT INTO t VALUES (?)', value)]).toEqual([]);
      staging.close();
      for (const connection of [
        await engine.openSnapshot(path, testTask()),
        await engine.openPrivate(path),
      ]) {
        const found = [...connection.rows('SELECT a, typeof(a) FROM t ORDER BY rowid')];
        expect(found.map(([value]) => value)).toEqual(values);
        expect(found.map(([, type]) => type)).toEqual(values.map(typeOf));
        connection.close();
      }
    });

    it('gives the very bytes of text that is no text', async () => {
      const staging = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      staging.exec(`CREATE TABLE t (a TEXT); INSERT INTO t VALUES (CAST(X'61FF0062C3' AS TEXT))`);
      for (const _ of staging.rows('INSERT INTO t VALUES (?)', 'before\0after'));
      expect([...staging.rows('SELECT CAST(a AS BLOB), typeof(a) FROM t')]).toEqual([
        [Uint8Array.from([0x61, 0xff, 0, 0x62, 0xc3]), 'text'],
        [new Uint8Array(Buffer.from('before\0after')), 'text'],
      ]);
      staging.close();
    });

    it('takes parameters where they stand, and only there', async () => {
      const connection = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      const sql = `SELECT '?''?', ?, "?" AS [?], /* ? */ ? -- ?\n, ? FROM (SELECT 1 AS "?")`;
      expect([...connection.rows(sql, 5n, 'x', 2 ** 60)]).toEqual([["?'?", 5n, 1n, 'x', 2 ** 60]]);
      connection.close();
    });

    it('reads rows as they are pulled', async () => {
      const connection = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      const endless = connection.rows(
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n',
      );
      expect(endless.next().value).toEqual([1n]);
      expect(endless.next().value).toEqual([2n]);
      endless.return?.();
      connection.exec('CREATE TABLE t (a)');
      connection.close();
    });

    it('calls functions', async () => {
      const connection = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      connection.define('describe', (...given) => given.map((value) => `${typeof value} ${value}`).join());
      const [row] = connection.rows(`SELECT describe(7, 1.5, 'ü', NULL, X'0102'), describe()`);
      expect(row).toEqual(['bigint 7,number 1.5,string ü,object null,object 1,2', '']);
      connection.close();
    });

    it('may be closed twice', async () => {
      const connection = await (await choose()).openStaging({ ...shape, path: ':memory:' });
      connection.close();
      connection.close();
    });

    it('lets go of what stands between it and its database', async () => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      await stage(engine, join(folder, 'live.sqlite3'), 'CREATE TABLE t (a)');
      const connection = await engine.openSnapshot(join(folder, 'live.sqlite3'), testTask());
      expect(() => connection.exec('INSERT INTO t VALUES (1)')).toThrow();
      connection.close();
      expect(await readdir(folder)).toEqual(['live.sqlite3']);
    });
  });

  describe('refuses', () => {
    it('what is not there', async () => {
      const [engine, path] = [await choose(), join(await scratchFolder(), 'none.sqlite3')];
      const vanished = { code: 'database-vanished' };
      await expect(engine.openSnapshot(path, testTask())).rejects.toMatchObject(vanished);
      await expect(engine.openPrivate(path)).rejects.toMatchObject(vanished);
      await expect(engine.copyOut(path, `${path}.copy`, testTask())).rejects.toMatchObject(vanished);
      expect(await engine.shapeOf(path)).toBeUndefined();
    });

    it.each([
      [
        'text',
        Buffer.from(
          'this is no database, but it is long enough to be one, with one hundred bytes and more. '.repeat(9),
        ),
      ],
      ['a database cut short', undefined],
    ])('what is no database: %s', async (_, content) => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      const path = join(folder, 'live.sqlite3');
      await stage(engine, join(folder, 'whole'), `CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9999))`);
      await writeFile(path, content ?? (await readFile(join(folder, 'whole'))).subarray(0, 4500));
      const read = async () => {
        const connection = await engine.openSnapshot(path, testTask());
        try {
          return [...connection.rows('SELECT sum(length(CAST(a AS TEXT))) FROM t')];
        } finally {
          connection.close();
        }
      };
      await expect(read()).rejects.toMatchObject({ code: 'database-corrupt' });
    });

    it('a folder', async () => {
      const [engine, path] = [await choose(), join(await scratchFolder(), 'folder')];
      await mkdir(path);
      await expect(engine.openSnapshot(path, testTask())).rejects.toMatchObject({ exit: expect.any(Number) });
    });
  });

  it('takes an empty file for an empty database', async () => {
    const [engine, path] = [await choose(), join(await scratchFolder(), 'empty.sqlite3')];
    await writeFile(path, '');
    expect(await engine.shapeOf(path)).toBeUndefined();
    await engine.copyOut(path, `${path}.copy`, testTask());
    for (const file of [path, `${path}.copy`]) {
      const connection = await engine.openSnapshot(file, testTask());
      expect([...connection.rows('SELECT count(*) FROM sqlite_schema')]).toEqual([[0n]]);
      connection.close();
    }
  });

  it('copies a database page by page, for its owner only', async () => {
    const [engine, folder] = [await choose(), await scratchFolder()];
    const [path, copy] = [join(folder, 'live.sqlite3'), join(folder, 'copy.sqlite3')];
    await stage(
      engine,
      path,
      'CREATE TABLE t (a); INSERT INTO t(rowid, a) VALUES (7, zeroblob(99999)); DROP TABLE t; CREATE TABLE u (b)',
    );
    await engine.copyOut(path, copy, testTask());
    const [from, to] = [await readFile(path), await readFile(copy)];
    expect(to.subarray(100).equals(from.subarray(100))).toBe(true);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    await expect(engine.copyOut(path, copy, testTask())).rejects.toThrow();
  });

  describe('a commit', () => {
    it('makes the live database what the staging one is', async () => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      await stage(engine, livePath, 'CREATE TABLE old (a); INSERT INTO old VALUES (zeroblob(500000))');
      await stage(engine, stagingPath, 'CREATE TABLE new (a); INSERT INTO new VALUES (5)');
      await symlink(livePath, join(folder, 'link'));
      const unlessMovedFrom = await engine.contentToken(join(folder, 'link'));
      const result = await engine.commit(
        { stagingPath, livePath: join(folder, 'link'), unlessMovedFrom },
        testTask(),
      );
      expect(result).toEqual({ outcome: 'committed', restartNeeded: name === 'wasm' });
      const connection = await engine.openSnapshot(livePath, testTask());
      expect([...connection.rows('SELECT name FROM sqlite_schema')]).toEqual([['new']]);
      expect([...connection.rows('PRAGMA integrity_check')]).toEqual([['ok']]);
      connection.close();
      expect((await readdir(folder)).sort()).toEqual(['link', 'live.sqlite3', 'staging.sqlite3']);
    });

    it('is given up when the database has moved', async () => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      await stage(engine, livePath, 'CREATE TABLE old (a)');
      await stage(engine, stagingPath, 'CREATE TABLE new (a)');
      await stage(engine, join(folder, 'other'), 'CREATE TABLE other (a)');
      const unlessMovedFrom = await engine.contentToken(livePath);
      await engine.commit({ stagingPath: join(folder, 'other'), livePath }, testTask());
      const before = await readFile(livePath);
      const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask());
      expect(result).toEqual({ outcome: 'moved' });
      expect((await readFile(livePath)).equals(before)).toBe(true);
      expect((await readdir(folder)).sort()).toEqual(['live.sqlite3', 'other', 'staging.sqlite3']);
    });

    it('makes a database where there was none', async () => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      await stage(engine, stagingPath, 'CREATE TABLE new (a)');
      const unlessMovedFrom = await engine.contentToken(livePath);
      expect(await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask())).toMatchObject({
        outcome: 'committed',
      });
      expect((await readHeader(livePath)).pageSize).toBe(4096);
    });

    it('is given up, with nothing changed, when cancelled', async () => {
      const [engine, folder] = [await choose(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      await stage(engine, livePath, 'CREATE TABLE old (a)');
      await stage(engine, stagingPath, 'CREATE TABLE new (a); INSERT INTO new VALUES (zeroblob(9000000))');
      const before = await readFile(livePath);
      const stop = new AbortController();
      const task = { ...testTask({}, stop.signal), report: () => stop.abort() };
      await expect(engine.commit({ stagingPath, livePath }, task)).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect((await readFile(livePath)).equals(before)).toBe(true);
      expect((await readdir(folder)).sort()).toEqual(['live.sqlite3', 'staging.sqlite3']);
    });
  });
});

it('knows no other engine', async () => {
  await expect(chooseEngine({ DBBACKUP_ENGINE: 'fast' })).rejects.toMatchObject({ code: 'usage' });
});

function typeOf(value: SqlValue): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return 'blob';
  return { bigint: 'integer', number: 'real', string: 'text' }[
    typeof value as 'bigint' | 'number' | 'string'
  ];
}
