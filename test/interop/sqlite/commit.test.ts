import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatabaseShape, Engine } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const shape: DatabaseShape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 };
const native = () => chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'native' }, { patienceMs: 3000 });
const shapes = [512, 4096, 65_536].flatMap((pageSize) =>
  (['UTF-8', 'UTF-16le', 'UTF-16be'] as const).map((encoding) => ({ pageSize, encoding })),
);

async function stage(engine: Engine, path: string, sql: string, options: Partial<DatabaseShape> = {}) {
  const staging = await engine.openStaging({ ...shape, ...options, path });
  staging.exec(sql);
  staging.close();
}

async function query(engine: Engine, path: string, sql: string): Promise<unknown[]> {
  const connection = await engine.openSnapshot(path, testTask());
  try {
    return [...connection.rows(sql)].map(([value]) => value);
  } finally {
    connection.close();
  }
}

const manyRows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO t SELECT i, hex(zeroblob(200)) FROM n`;

describe.each(['delete', 'truncate', 'persist', 'wal'])(
  'into a %s database that another process has open',
  (mode) => {
    it.each(shapes)('commits pages of $pageSize in $encoding', async ({ pageSize, encoding }) => {
      const [engine, folder, task] = [await native(), await scratchFolder(), testTask()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      const other = new OtherProcess(livePath);
      await other.sql(
        `PRAGMA page_size = ${pageSize};;PRAGMA encoding = '${encoding}';;PRAGMA journal_mode = ${mode}`,
      );
      await other.sql(`CREATE TABLE t (id INTEGER PRIMARY KEY, x);;INSERT INTO t VALUES (1, 'old ü')`);
      const live = await engine.shapeOf(livePath);
      expect(live).toEqual({ pageSize, encoding, autoVacuum: 0, wal: mode === 'wal' });
      await stage(engine, stagingPath, `CREATE TABLE t (id INTEGER PRIMARY KEY, x); ${manyRows}`, live);
      await chmod(livePath, 0o640);

      const unlessMovedFrom = await engine.contentToken(livePath);
      const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, task);

      expect(result).toEqual({ outcome: 'committed', restartNeeded: false });
      expect(await other.sql('SELECT count(*) AS n FROM t')).toEqual([{ n: 3000 }]);
      await other.sql(`INSERT INTO t VALUES (9999, 'new')`);
      expect(await query(engine, livePath, 'SELECT count(*) FROM t')).toEqual([3001n]);
      expect(await other.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(await other.sql('PRAGMA journal_mode')).toEqual([{ journal_mode: mode }]);
      expect((await stat(livePath)).mode & 0o777).toBe(0o640);
    });

    it('lets a reader finish with what it saw', async () => {
      const [engine, folder] = [await native(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      const other = new OtherProcess(livePath);
      await other.sql(
        `PRAGMA journal_mode = ${mode};;CREATE TABLE t (id, x);;INSERT INTO t VALUES (1, 'old')`,
      );
      await stage(engine, stagingPath, `CREATE TABLE t (id, x); ${manyRows}`, await engine.shapeOf(livePath));
      await other.sql('BEGIN;;SELECT count(*) FROM t');

      const committing = engine.commit({ stagingPath, livePath }, testTask());
      if (mode === 'wal') await committing;
      expect(await other.sql('SELECT count(*) AS n FROM t')).toEqual([{ n: 1 }]);
      await other.sql('COMMIT');

      expect((await committing).outcome).toBe('committed');
      expect(await other.sql('SELECT count(*) AS n FROM t')).toEqual([{ n: 3000 }]);
    });

    it.each([
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x)',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x); ${manyRows}`,
      '',
    ])('gives up when a row came in since the token: %s', async (sql) => {
      const [engine, folder] = [await native(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      const other = new OtherProcess(livePath);
      await other.sql(
        `PRAGMA journal_mode = ${mode};;CREATE TABLE t (id, x);;INSERT INTO t VALUES (1, 'old')`,
      );
      await stage(engine, stagingPath, sql);
      const unlessMovedFrom = await engine.contentToken(livePath);
      await other.sql(`INSERT INTO t VALUES (2, 'last')`);

      expect(await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask())).toEqual({
        outcome: 'moved',
      });

      expect(await other.sql('SELECT count(*) AS n FROM t')).toEqual([{ n: 2 }]);
      expect(await other.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      const again = await engine.contentToken(livePath);
      const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom: again }, testTask());
      expect(result.outcome).toBe('committed');
      expect(await other.sql('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect((await readdir(folder)).filter((name) => name.startsWith('staging'))).toEqual([
        'staging.sqlite3',
      ]);
    });

    it('loses no row of a process that writes all the while', async () => {
      const [engine, folder] = [await native(), await scratchFolder()];
      const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
      const other = new OtherProcess(livePath);
      const schema = 'CREATE TABLE t (id INTEGER PRIMARY KEY, x);;CREATE TABLE log (n INTEGER PRIMARY KEY)';
      await other.sql(`PRAGMA journal_mode = ${mode};;${schema}`);
      await stage(engine, stagingPath, `${schema.replace(';;', ';')}; ${manyRows}`);
      await other.write('INSERT INTO log VALUES (?)', 15);

      let moves = 0;
      const kept: unknown[] = [];
      for (let commits = 0; commits < 10; ) {
        const unlessMovedFrom = await engine.contentToken(livePath);
        const undoPath = join(folder, `undo-${commits}-${moves}.sqlite3`);
        await engine.copyOut(livePath, undoPath, testTask());
        const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask());
        if (result.outcome === 'moved') moves++;
        else {
          commits++;
          kept.push(...(await query(engine, undoPath, 'SELECT n FROM log')));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      const written = await other.stop();

      kept.push(...(await query(engine, livePath, 'SELECT n FROM log')));
      expect(kept.map(Number)).toEqual(written);
      expect(written.length).toBeGreaterThan(10);
      expect(await query(engine, livePath, 'SELECT count(*) FROM t')).toEqual([3000n]);
    });
  },
);

it('is busy, in good time, while another process holds the database', async () => {
  const [folder, task] = [await scratchFolder(), testTask()];
  const engine = await chooseEngine(process.env, { patienceMs: 300 });
  const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
  const other = new OtherProcess(livePath);
  await other.sql('CREATE TABLE t (x)');
  await stage(engine, stagingPath, 'CREATE TABLE t (x)');
  await other.sql('BEGIN EXCLUSIVE;;INSERT INTO t VALUES (1)');

  await expect(engine.commit({ stagingPath, livePath }, task)).rejects.toMatchObject({
    code: 'busy',
    exit: 5,
  });
  expect(task.progress).toContainEqual({ phase: 'waiting', item: livePath });
  await expect(engine.openSnapshot(livePath, task)).rejects.toMatchObject({ code: 'busy' });
  await expect(engine.contentToken(livePath)).rejects.toMatchObject({ code: 'busy' });
  await other.sql('COMMIT');

  expect(await query(engine, livePath, 'SELECT x FROM t')).toEqual([1n]);
  expect((await engine.commit({ stagingPath, livePath }, task)).outcome).toBe('committed');
});

it('stops waiting for a lock when it is cancelled', async () => {
  const [engine, folder] = [await native(), await scratchFolder()];
  const livePath = join(folder, 'live.sqlite3');
  const other = new OtherProcess(livePath);
  await other.sql('CREATE TABLE t (x);;BEGIN EXCLUSIVE');
  const task = testTask({}, AbortSignal.timeout(50));
  await expect(engine.openSnapshot(livePath, task)).rejects.toMatchObject({ code: 'cancelled' });
});

it.each(['nothing', 'an empty file'])('commits where there was %s', async (what) => {
  const [engine, folder] = [await native(), await scratchFolder()];
  const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
  if (what === 'an empty file') await writeFile(livePath, '');
  await stage(engine, stagingPath, 'CREATE TABLE t (id, x)');
  const unlessMovedFrom = await engine.contentToken(livePath);
  expect((await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask())).outcome).toBe(
    'committed',
  );
  expect(await query(engine, livePath, 'SELECT count(*) FROM t')).toEqual([0n]);
  expect((await readdir(folder)).sort()).toEqual(['live.sqlite3', 'staging.sqlite3']);
});

it('gives up where a database has appeared since the token', async () => {
  const [engine, folder] = [await native(), await scratchFolder()];
  const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
  await stage(engine, stagingPath, 'CREATE TABLE t (id, x)');
  const unlessMovedFrom = await engine.contentToken(livePath);
  const other = new OtherProcess(livePath);
  await other.sql('CREATE TABLE mine (x)');
  expect(await engine.commit({ stagingPath, livePath, unlessMovedFrom }, testTask())).toEqual({
    outcome: 'moved',
  });
  expect(await other.sql('SELECT name FROM sqlite_schema')).toEqual([{ name: 'mine' }]);
});
