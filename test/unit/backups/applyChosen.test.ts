import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { applyChosen, type Chosen } from '../../../src/core/backups/applyChosen.ts';
import { defaultShape } from '../../../src/core/backups/stage.ts';
import type { Sides } from '../../../src/core/sqlite/applyDifferences.ts';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

/** The live database, the backup, and a private copy of the first that rows come back into. */
async function sides(now: string, then: string): Promise<Sides> {
  const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'native' });
  const folder = await scratchFolder();
  const open = async (name: string, sql: string): Promise<Connection> => {
    const path = join(folder, name);
    const made = await engine.openStaging({ path, ...defaultShape });
    made.exec(sql);
    made.close();
    const connection = await engine.openToChange(path);
    onTestFinished(() => connection.close());
    return connection;
  };
  return {
    before: await open('before', now),
    target: await open('target', now),
    after: await open('after', then),
  };
}

const all = (...tables: string[]): Chosen => ({
  chosen: tables.map((table) => ({ table, rows: 'all' })),
  withParents: false,
});

const rowsOf = ({ target }: Sides, sql: string) => [...target.rows(sql)].map((row) => row.map(String));
const many = (table: string, count: number) =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
   INSERT INTO ${table} SELECT i, 'row ' || i FROM n;`;

describe('chosen rows', () => {
  const table = 'CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT);';

  it('come back, counted, and the others stay', async () => {
    const made = await sides(
      `${table} INSERT INTO a VALUES (1, 'one'), (2, 'changed'), (4, 'new')`,
      `${table} INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three')`,
    );
    const { changes, contents } = await applyChosen(made, all('a'), testTask());
    expect(changes).toEqual([{ name: 'a', added: 1, removed: 1, changed: 1, rowsNow: 3, rowsAfter: 3 }]);
    expect(contents.get('a')).toBe(3);
    expect(rowsOf(made, 'SELECT b FROM a ORDER BY id')).toEqual([['one'], ['two'], ['three']]);
  });

  it('of thousands are reported on the way', async () => {
    const made = await sides(table, `${table} ${many('a', 4100)}`);
    const task = testTask();
    await applyChosen(made, all('a'), task);
    expect(task.progress).toEqual([
      { phase: 'writing', item: 'a', done: 2000, unit: 'rows' },
      { phase: 'writing', item: 'a', done: 4000, unit: 'rows' },
    ]);
  });

  it('of a table that is gone bring it along, with its trigger, which does not run for them', async () => {
    const trigger =
      'CREATE TABLE log (n); CREATE TRIGGER t AFTER INSERT ON b BEGIN INSERT INTO log VALUES (new.i); END;';
    const then = `CREATE TABLE b (i INTEGER PRIMARY KEY, t TEXT); ${many('b', 12_000)} ${trigger}`;
    const made = await sides('CREATE TABLE log (n);', then);
    const task = testTask();
    const { changes } = await applyChosen(made, all('b'), task);
    expect(changes).toMatchObject([{ name: 'b', added: 12_000, rowsNow: null, rowsAfter: 12_000 }]);
    expect(task.progress.map(({ done }) => done)).toEqual([4999, 9999]);
    expect(rowsOf(made, 'SELECT count(*) FROM log')).toEqual([['0']]);
    made.target.exec("INSERT INTO b VALUES (99999, 'x')");
    expect(rowsOf(made, 'SELECT n FROM log')).toEqual([['99999']]);
  });

  it('of a table that is gone may be some of them', async () => {
    const made = await sides('', `CREATE TABLE b (i INTEGER PRIMARY KEY, t TEXT); ${many('b', 5)}`);
    const chosen: Chosen = { chosen: [{ table: 'b', rows: [0, 3] }], withParents: false };
    expect((await applyChosen(made, chosen, testTask())).changes).toMatchObject([{ added: 2 }]);
    expect(rowsOf(made, 'SELECT i FROM b')).toEqual([['1'], ['4']]);
  });

  it('are given up when it is cancelled, and nothing is changed then', async () => {
    const made = await sides(table, `${table} ${many('a', 4100)}`);
    const stop = new AbortController();
    const task = { ...testTask({}, stop.signal), report: () => stop.abort() };
    await expect(applyChosen(made, all('a'), task)).rejects.toMatchObject({ code: 'cancelled' });
    expect(rowsOf(made, 'SELECT count(*) FROM a')).toEqual([['0']]);
  });

  it('of a table that the backup has not, or that is virtual, are refused by name', async () => {
    const words = 'CREATE VIRTUAL TABLE words USING fts5(body);';
    const made = await sides(`${table} ${words}`, words);
    for (const [name, message] of [
      ['a', 'The backup has no table a.'],
      ['words', 'words is a virtual table: rows of it cannot be brought back alone.'],
    ] as const)
      await expect(applyChosen(made, all(name), testTask())).rejects.toMatchObject({
        code: 'no-such-table',
        message,
      });
  });

  it('of a table that has other columns by now are refused, and nothing is changed', async () => {
    const made = await sides(table, `${table} INSERT INTO a VALUES (1, 'x')`);
    made.target.exec('ALTER TABLE a ADD COLUMN c');
    await expect(applyChosen(made, all('a'), testTask())).rejects.toMatchObject({
      code: 'changed-meanwhile',
    });
    expect(rowsOf(made, 'SELECT count(*) FROM a')).toEqual([['0']]);
  });
});

describe('rows that refer to others', () => {
  const tables =
    'CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p(id));';
  const then = `${tables} INSERT INTO p VALUES (1, 'one'), (2, 'two'); INSERT INTO c VALUES (10, 1), (20, 2), (30, 7);`;
  const child = (...rows: number[]) => ({ table: 'c', rows });

  it('need them there, and say which', async () => {
    const made = await sides(tables, then);
    await expect(
      applyChosen(made, { chosen: [child(0)], withParents: false }, testTask()),
    ).rejects.toMatchObject({
      code: 'parents-missing',
      message: expect.stringContaining('Rows of c'),
      hint: expect.stringContaining('--with-parents'),
    });
    expect(rowsOf(made, 'SELECT * FROM c')).toEqual([]);
  });

  it('bring them along, to those that were chosen', async () => {
    const made = await sides(tables, then);
    const chosen = [{ table: 'p', rows: [0] }, child(0, 1)];
    const { changes } = await applyChosen(made, { chosen, withParents: true }, testTask());
    expect(changes).toMatchObject([
      { name: 'p', added: 2, rowsAfter: 2 },
      { name: 'c', added: 2, rowsAfter: 2 },
    ]);
    const alone = await sides(tables, then);
    const found = await applyChosen(alone, { chosen: [child(1)], withParents: true }, testTask());
    expect(found.changes).toMatchObject([
      { name: 'c', added: 1 },
      { name: 'p', added: 1, removed: 0, changed: 0, rowsNow: 0, rowsAfter: 1 },
    ]);
  });

  it('stay away where the backup does not have those either', async () => {
    const made = await sides(tables, then);
    await expect(
      applyChosen(made, { chosen: [child(2)], withParents: true }, testTask()),
    ).rejects.toMatchObject({
      code: 'parents-missing',
      hint: expect.stringContaining('The backup does not have those rows of p either.'),
    });
  });
});
