import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const choose = (name: string, patienceMs?: number) =>
  chooseEngine({ ...process.env, DBBACKUP_ENGINE: name }, patienceMs === undefined ? {} : { patienceMs });
const engines = ['native', 'wasm'];

async function query(engine: Engine, path: string, sql: string): Promise<unknown> {
  const connection = await engine.openSnapshot(path, testTask());
  try {
    return [...connection.rows(sql)][0]?.[0];
  } finally {
    connection.close();
  }
}

/** Everything in a folder, byte for byte, but for SQLite's shared memory, which readers write their locks into. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const files = names.map(async (name) => {
    const bytes = name.endsWith('-shm') ? '' : (await readFile(join(folder, name))).toString('base64');
    return [name, bytes];
  });
  return Object.fromEntries(await Promise.all(files));
}

const accounts = (table: string) => `CREATE TABLE "${table}" (id INTEGER PRIMARY KEY, amount, x);;
  WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
  INSERT INTO "${table}" SELECT i, 1000, hex(zeroblob(300)) FROM n`;
const transfer = `CREATE TABLE transfer (n);;CREATE TRIGGER move AFTER INSERT ON transfer BEGIN
  UPDATE "left" SET amount = amount - 10 WHERE id = NEW.n * 7 % 200;
  UPDATE "right" SET amount = amount + 10 WHERE id = NEW.n * 11 % 200;
END`;

describe.each(engines)('a snapshot by the %s engine', (name) => {
  it.each(['delete', 'persist', 'wal'])('is one moment of a %s database that is written to', async (mode) => {
    const [engine, path] = [await choose(name), join(await scratchFolder(), 'live.sqlite3')];
    const other = new OtherProcess(path);
    await other.sql(`PRAGMA journal_mode = ${mode};;PRAGMA wal_autocheckpoint = 7`);
    await other.sql(`${accounts('left')};;${accounts('right')};;${transfer}`);
    await other.write('INSERT INTO transfer VALUES (?)', name === 'wasm' && mode !== 'wal' ? 60 : 2);
    const seen = new Set<unknown>();
    for (let round = 0; round < 30; round++) {
      const snapshot = await engine.openSnapshot(path, testTask());
      const [left] = snapshot.rows('SELECT sum(amount), (SELECT count(*) FROM transfer) FROM "left"');
      await delay(4);
      const [right] = snapshot.rows('SELECT sum(amount), (SELECT count(*) FROM transfer) FROM "right"');
      if (round % 10 === 0) expect([...snapshot.rows('PRAGMA quick_check')]).toEqual([['ok']]);
      snapshot.close();
      expect(Number(left?.[0]) + Number(right?.[0])).toBe(400_000);
      expect(right?.[1]).toBe(left?.[1]);
      seen.add(left?.[1]);
    }
    expect((await other.stop()).length).toBeGreaterThan(8);
    expect(seen.size).toBeGreaterThan(5);
  });

  it.each(['delete', 'wal'])('copies a %s database that is written to as one moment', async (mode) => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const path = join(folder, 'live.sqlite3');
    const other = new OtherProcess(path);
    await other.sql(`PRAGMA journal_mode = ${mode};;${accounts('left')};;${accounts('right')};;${transfer}`);
    await other.write('INSERT INTO transfer VALUES (?)', 40);
    for (let round = 0; round < 5; round++) {
      const copy = join(folder, `copy-${round}.sqlite3`);
      await engine.copyOut(path, copy, testTask());
      const connection = await engine.openPrivate(copy);
      const sql = 'SELECT (SELECT sum(amount) FROM "left") + (SELECT sum(amount) FROM "right")';
      expect([...connection.rows(sql)]).toEqual([[400_000n]]);
      expect([...connection.rows('PRAGMA integrity_check')]).toEqual([['ok']]);
      connection.close();
    }
    await other.stop();
    const beside = (await readdir(folder)).filter(
      (file) => file.startsWith('copy') && !file.endsWith('.sqlite3'),
    );
    expect(beside).toEqual([]);
  });

  it('leaves a closed WAL database as it was', async () => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const path = join(folder, 'live.sqlite3');
    const other = new OtherProcess(path);
    await other.sql('PRAGMA journal_mode = wal;;CREATE TABLE t (a);;INSERT INTO t VALUES (7)');
    await other.close();
    const before = await contents(folder);
    expect(Object.keys(before)).toEqual(['live.sqlite3']);
    expect(await query(engine, path, 'SELECT a FROM t')).toBe(7n);
    expect(await engine.shapeOf(path)).toMatchObject({ wal: true });
    expect(await contents(folder)).toEqual(before);
  });

  it.each([true, false])('reads what a killed process left in its log, -shm there: %s', async (shared) => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const path = join(folder, 'live.sqlite3');
    const other = new OtherProcess(path);
    await other.sql(
      'PRAGMA journal_mode = wal;;CREATE TABLE t (a);;INSERT INTO t VALUES (7);;INSERT INTO t VALUES (8)',
    );
    await other.kill();
    if (!shared) await rm(`${path}-shm`);
    const before = await contents(folder);
    expect(await query(engine, path, 'SELECT count(*) FROM t')).toBe(2n);
    expect(await contents(folder)).toEqual(before);
  });

  it('sees the log through a link to the database', async () => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    const path = join(folder, 'live.sqlite3');
    const other = new OtherProcess(path);
    await other.sql('PRAGMA journal_mode = wal;;CREATE TABLE t (a);;INSERT INTO t VALUES (7)');
    await symlink(path, join(folder, 'link'));
    expect(await query(engine, join(folder, 'link'), 'SELECT a FROM t')).toBe(7n);
  });

  it('knows a token that moves with every commit', async () => {
    const [engine, folder] = [await choose(name), await scratchFolder()];
    for (const mode of ['delete', 'wal']) {
      const path = join(folder, `${mode}.sqlite3`);
      const other = new OtherProcess(path);
      await other.sql(`PRAGMA journal_mode = ${mode};;CREATE TABLE t (a)`);
      const stagingPath = join(folder, `${mode}.staging`);
      const staging = await engine.openStaging({
        path: stagingPath,
        pageSize: 4096,
        encoding: 'UTF-8',
        autoVacuum: 0,
      });
      staging.close();
      const unlessMovedFrom = await engine.contentToken(path);
      await other.sql('INSERT INTO t VALUES (1)');
      if (name === 'wasm' && mode === 'wal') {
        expect(await engine.contentToken(path)).not.toBe(unlessMovedFrom);
        continue;
      }
      const result = await engine.commit({ stagingPath, livePath: path, unlessMovedFrom }, testTask());
      expect(result).toEqual({ outcome: 'moved' });
    }
  });
});

/** A process that ended in the middle of a transaction, after it had written to the database. */
async function crashed(folder: string): Promise<string> {
  const path = join(folder, 'live.sqlite3');
  const other = new OtherProcess(path);
  await other.sql(`PRAGMA cache_size = 2;;${accounts('left')}`);
  await other.sql('BEGIN;;UPDATE "left" SET amount = 0');
  await other.kill();
  return path;
}

it('rolls back, natively, what a process that crashed had half done', async () => {
  const folder = await scratchFolder();
  const path = await crashed(folder);
  expect(await query(await choose('native'), path, 'SELECT sum(amount) FROM "left"')).toBe(200_000n);
  expect(await readdir(folder)).toEqual(['live.sqlite3']);
});

it('refuses, in wasm, what a process that crashed had half done', async () => {
  const folder = await scratchFolder();
  const path = await crashed(folder);
  const before = await contents(folder);
  const engine = await choose('wasm', 50);
  const expected = { code: 'engine-cannot', message: expect.stringContaining('-journal') };
  await expect(engine.openSnapshot(path, testTask())).rejects.toMatchObject(expected);
  await expect(engine.copyOut(path, join(folder, 'copy'), testTask())).rejects.toMatchObject(expected);
  await expect(engine.commit({ stagingPath: path, livePath: path }, testTask())).rejects.toMatchObject(
    expected,
  );
  expect(await contents(folder)).toEqual(before);
});

describe.each([
  ['fts5', 'CREATE VIRTUAL TABLE notes USING fts5(body)'],
  ['rtree', 'CREATE VIRTUAL TABLE notes USING rtree(id, a, b)'],
])('a table made with %s', (module, sql) => {
  it('is refused by the wasm engine, which names both', async () => {
    const path = join(await scratchFolder(), 'live.sqlite3');
    const other = new OtherProcess(path);
    await other.sql(`${sql};;CREATE TABLE plain (a);;INSERT INTO plain VALUES (1)`);
    const engine = await choose('wasm');
    await expect(query(engine, path, 'SELECT * FROM notes')).rejects.toMatchObject({
      code: 'engine-cannot',
      message: expect.stringMatching(new RegExp(`${module}.*notes`)),
    });
    expect(await query(engine, path, 'SELECT a FROM plain')).toBe(1n);
  });
});

describe('the wasm engine, which has no locks', () => {
  const staged = async (engine: Engine, path: string) => {
    const staging = await engine.openStaging({ path, pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 });
    staging.exec('CREATE TABLE new (a)');
    staging.close();
  };

  it('commits nothing beside a log that a process has open', async () => {
    const [engine, folder] = [await choose('wasm'), await scratchFolder()];
    const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
    const other = new OtherProcess(livePath);
    await other.sql('PRAGMA journal_mode = wal;;CREATE TABLE t (a)');
    await staged(engine, stagingPath);
    const before = await contents(folder);
    await expect(engine.commit({ stagingPath, livePath }, testTask())).rejects.toMatchObject({
      code: 'engine-cannot',
    });
    expect(await contents(folder)).toEqual(before);
  });

  it('keeps the journal mode and the permissions of what it replaces', async () => {
    const [engine, folder] = [await choose('wasm'), await scratchFolder()];
    const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
    const other = new OtherProcess(livePath);
    await other.sql('PRAGMA journal_mode = wal;;CREATE TABLE t (a)');
    await other.close();
    await chmod(livePath, 0o640);
    await staged(engine, stagingPath);
    const unlessMovedFrom = await engine.contentToken(livePath);
    const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask());
    expect(result).toEqual({ outcome: 'committed', restartNeeded: true });
    const again = new OtherProcess(livePath);
    expect(await again.sql('PRAGMA journal_mode;;SELECT name FROM sqlite_schema')).toEqual([
      { journal_mode: 'wal' },
      { name: 'new' },
    ]);
  });
});

it('keeps other processes out of a database that it reads, whatever else it opens and closes of it', async () => {
  const [engine, folder] = [await choose('native'), await scratchFolder()];
  const path = join(folder, 'live.sqlite3');
  const other = new OtherProcess(path);
  await other.sql('CREATE TABLE t (a);;PRAGMA busy_timeout = 0');
  const snapshot = await engine.openSnapshot(path, testTask());
  await engine.contentToken(path);
  await engine.contentToken(path);
  expect(await engine.shapeOf(path)).toBeDefined();
  await expect(other.sql('BEGIN EXCLUSIVE')).rejects.toThrow('locked');
  snapshot.close();
  await other.sql('BEGIN EXCLUSIVE;;COMMIT');
});

describe('in a folder that cannot be written to', () => {
  const source = pathToFileURL(resolve(import.meta.dirname, '../../../src/core/sqlite/engines.ts')).href;

  /** Runs as nobody where the tests run as root, whom no permissions hold back. */
  function readAs(name: string, path: string, home: string) {
    const program = `
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      const { chooseEngine } = await import(${JSON.stringify(source)});
      const engine = await chooseEngine(process.env, { patienceMs: 100 });
      const task = { signal: new AbortController().signal, report() {} };
      const connection = await engine.openSnapshot(process.argv[1], task);
      console.log(String([...connection.rows('SELECT count(*) FROM t')]));
      connection.close();`;
    const env = { ...process.env, DBBACKUP_ENGINE: name, DBBACKUP_HOME: home };
    const options = ['--no-warnings', '--input-type=module', '-e', program, path];
    return spawnSync(process.execPath, options, { env, encoding: 'utf8' });
  }

  /** Two rows in table t, in a folder that is shut once `prepare` has left beside the database what it likes. */
  async function shutFolder(prepare: (path: string, other: OtherProcess) => Promise<unknown>) {
    const folder = await scratchFolder();
    const [shut, home] = [join(folder, 'shut'), join(folder, 'home')];
    for (const one of [shut, home]) await mkdir(one);
    const path = join(shut, 'live.sqlite3');
    const other = new OtherProcess(path);
    await other.sql('CREATE TABLE t (a);;INSERT INTO t VALUES (1);;INSERT INTO t VALUES (2)');
    await prepare(path, other);
    for (const [one, mode] of [
      [folder, 0o755],
      [home, 0o777],
      [shut, 0o555],
    ] as const)
      await chmod(one, mode);
    onTestFinished(() => chmod(shut, 0o755));
    return { path, home, shut };
  }

  const closed: Record<string, (path: string, other: OtherProcess) => Promise<unknown>> = {
    'a closed': (_, other) => other.close(),
    'a closed WAL': async (_, other) => {
      await other.sql('PRAGMA journal_mode = wal');
      await other.close();
    },
    'an abandoned WAL': async (path, other) => {
      await other.sql(
        'PRAGMA journal_mode = wal;;DELETE FROM t;;INSERT INTO t VALUES (1);;INSERT INTO t VALUES (2)',
      );
      await other.kill();
      await rm(`${path}-shm`);
    },
    'a half-written': async (_, other) => {
      await other.sql(
        `PRAGMA cache_size = 2;;${accounts('left')};;BEGIN;;DELETE FROM t;;UPDATE "left" SET x = 0`,
      );
      await other.kill();
    },
  };
  const cases = engines.flatMap((name) => Object.keys(closed).map((what) => ({ name, what })));

  it.each(cases)('the $name engine reads $what database', async ({ name, what }) => {
    const { path, home, shut } = await shutFolder(closed[what] ?? (() => Promise.reject()));
    const before = await contents(shut);
    const result = readAs(name, path, home);
    if (name === 'wasm' && what === 'a half-written')
      expect(result.stderr).toContain("code: 'engine-cannot'");
    else expect(result).toMatchObject({ stdout: '2\n', stderr: '', status: 0 });
    expect(await contents(shut)).toEqual(before);
    expect(await readdir(home, { recursive: true })).not.toContainEqual(expect.stringContaining('sqlite3'));
  });
});
