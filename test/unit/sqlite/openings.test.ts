import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { readHeader } from '../../../src/core/sqlite/header.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const shape = { pageSize: 1024, encoding: 'UTF-8', autoVacuum: 0 } as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasAttachLimit = major > 24 || (major === 24 && minor >= 15);

/** A database made by this SQL, and the engine that opens it. */
async function at(name: string, sql: string): Promise<{ engine: Engine; folder: string; path: string }> {
  const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name }, { patienceMs: 300 });
  const folder = await scratchFolder();
  const path = join(folder, 'db.sqlite3');
  const staging = await engine.openStaging({ ...shape, path });
  staging.exec(sql);
  staging.close();
  return { engine, folder, path };
}

function changeLive(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe.each(['native', 'wasm'])('with the %s engine', (name) => {
  it('a private file is read, with text in double quotes, and not written', async () => {
    const { engine, path } = await at(
      name,
      'CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT "old text" AS x FROM t',
    );
    const before = await readFile(path);
    const connection = await engine.openPrivate(path);
    expect([...connection.rows('SELECT x FROM v')]).toEqual([['old text']]);
    expect([...connection.rows('PRAGMA trusted_schema')]).toEqual([[0n]]);
    expect([...connection.rows('PRAGMA cell_size_check')]).toEqual([[1n]]);
    connection.close();
    expect((await readFile(path)).equals(before)).toBe(true);
    for (const end of ['-wal', '-shm', '-journal']) await expect(stat(path + end)).rejects.toThrow('ENOENT');
  });

  it('a private file is changed, reaches no other, and keeps its change', async () => {
    const { engine, folder, path } = await at(name, 'CREATE TABLE t(a)');
    const connection = await engine.openToChange(path);
    connection.exec('INSERT INTO t VALUES (2)');
    expect([...connection.rows('SELECT "as text" FROM t')]).toEqual([['as text']]);
    expect([...connection.rows('PRAGMA trusted_schema')]).toEqual([[0n]]);
    expect([...connection.rows('PRAGMA journal_mode')]).toEqual([['memory']]);
    const other = join(folder, 'other.sqlite3');
    if (name === 'native' && hasAttachLimit)
      expect(() => connection.exec(`ATTACH '${other}' AS other`)).toThrow();
    connection.close();
    await expect(stat(other)).rejects.toThrow('ENOENT');
    const again = await engine.openPrivate(path);
    expect([...again.rows('SELECT a FROM t')]).toEqual([[2n]]);
    again.close();
  });

  it('the shape of a database is that of a file that is there and not empty', async () => {
    const { engine, folder, path } = await at(name, 'CREATE TABLE t(a)');
    expect(await engine.shapeOf(path)).toEqual({ ...shape, wal: false });
    await writeFile(join(folder, 'empty'), '');
    expect(await engine.shapeOf(join(folder, 'empty'))).toBeUndefined();
    expect(await engine.shapeOf(join(folder, 'gone'))).toBeUndefined();
    changeLive(path, 'PRAGMA journal_mode = wal');
    expect(await engine.shapeOf(path)).toEqual({ ...shape, wal: true });
  });

  it('a copy of a WAL database stands alone, and one that cannot be made leaves nothing', async () => {
    const { engine, folder, path } = await at(name, 'CREATE TABLE t(a); INSERT INTO t VALUES (3)');
    changeLive(path, 'PRAGMA journal_mode = wal; INSERT INTO t VALUES (4)');
    const copy = join(folder, 'copy.sqlite3');
    await engine.copyOut(path, copy, testTask());
    expect(await readHeader(copy)).toMatchObject({ wal: false });
    const connection = await engine.openPrivate(copy);
    expect([...connection.rows('SELECT a FROM t')]).toEqual([[3n], [4n]]);
    connection.close();
    await mkdir(join(folder, 'taken'));
    await expect(engine.copyOut(path, join(folder, 'taken'), testTask())).rejects.toThrow();
    await expect(engine.copyOut(join(folder, 'gone'), join(folder, 'new'), testTask())).rejects.toMatchObject(
      {
        code: 'database-vanished',
      },
    );
    await expect(stat(join(folder, 'new'))).rejects.toThrow('ENOENT');
  });
});

describe('with the native engine', () => {
  const large = `CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
    INSERT INTO t SELECT zeroblob(2000000) FROM n`;

  it('a copy is made in steps that tell how far it is', async () => {
    const { engine, folder, path } = await at('native', large);
    const total = (await stat(path)).size;
    const task = testTask();
    await engine.copyOut(path, join(folder, 'copy'), task);
    const told = task.progress.filter(({ phase }) => phase === 'reading');
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(6);
    expect(new Set(told.map((step) => step.total))).toEqual(new Set([total]));
    expect(told[0]).toMatchObject({ unit: 'bytes', done: 8 << 20 });
    expect(told.map(({ done }) => done)).toEqual(
      told.map(({ done }) => done).toSorted((a = 0, b = 0) => a - b),
    );
  });

  it('a copy is given up between two steps, with nothing left of it', async () => {
    const { engine, folder, path } = await at('native', large);
    const stop = new AbortController();
    const task = testTask({}, stop.signal);
    const copy = join(folder, 'copy');
    const copying = engine.copyOut(path, copy, { ...task, report: () => stop.abort() });
    await expect(copying).rejects.toMatchObject({ code: 'cancelled' });
    await expect(stat(copy)).rejects.toThrow('ENOENT');
  });

  it('what is in memory alone is sorted there, and what is in a file may be in another', async () => {
    const { engine, folder } = await at('native', '');
    const memory = await engine.openStaging({ ...shape, path: ':memory:' });
    const file = await engine.openStaging({ ...shape, path: join(folder, 'more.sqlite3') });
    expect([...memory.rows('PRAGMA temp_store')]).toEqual([[2n]]);
    expect([...file.rows('PRAGMA temp_store')]).toEqual([[0n]]);
    memory.close();
    file.close();
  });

  it('a database that is watched twice is told from another one', async () => {
    const { engine, folder, path } = await at('native', "CREATE TABLE t(a); INSERT INTO t VALUES ('old')");
    const other = join(folder, 'other.sqlite3');
    changeLive(other, "CREATE TABLE t(a); INSERT INTO t VALUES ('other')");
    const tokens = [await engine.contentToken(path), await engine.contentToken(other)];
    const stagings: string[] = [];
    for (const at of [0, 1]) {
      const stagingPath = join(folder, `staging${at}`);
      stagings.push(stagingPath);
      changeLive(stagingPath, `PRAGMA page_size = 1024; CREATE TABLE t(a); INSERT INTO t VALUES (${at})`);
    }
    // The token of the first is still good, though the second was asked for since.
    for (const [at, livePath] of [path, other].entries()) {
      const commit = {
        stagingPath: stagings[at] as string,
        livePath,
        unlessMovedFrom: tokens[at] as string,
      };
      expect(await engine.commit(commit, testTask())).toMatchObject({ outcome: 'committed' });
    }
  });
});
