import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultShape } from '../../../src/core/backups/stage.ts';
import { countByJoin, joinsByNumber, putBeside } from '../../../src/core/sqlite/compareByJoin.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { type ComparedTable, pairTables } from '../../../src/core/sqlite/pairTables.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const engine = () => chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'native' });

async function written(sql: string): Promise<string> {
  const path = join(await scratchFolder(), 'made.sqlite3');
  const made = await (await engine()).openStaging({ path, ...defaultShape });
  made.exec(sql);
  made.close();
  return path;
}

/** A live database with a second one put beside it, and the table both have. */
async function beside(before: string, after: string) {
  const [livePath, path] = [await written(before), await written(after)];
  const main = await (await engine()).openSnapshot(livePath, testTask());
  const other = await (await engine()).openPrivate(path);
  onTestFinished(() => main.close());
  const [table] = pairTables(main, other) as [ComparedTable];
  other.close();
  expect(putBeside(main, path)).toBe(true);
  return { main, table };
}

async function counted(before: string, after: string) {
  const { main, table } = await beside(before, after);
  const counting = countByJoin(main, table);
  for (let pauses = 0; ; pauses++) {
    const { done, value } = counting.next();
    if (done) return { ...value, pauses };
  }
}

/** One row with the key 1 on either side. */
const ofOne = (type: string, before: string, after: string) =>
  counted(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, x ${type}); INSERT INTO t VALUES (1, ${before})`,
    `CREATE TABLE t (id INTEGER PRIMARY KEY, x ${type}); INSERT INTO t VALUES (1, ${after})`,
  );

describe('rows are joined', () => {
  const joins = async (before: string, after: string) => {
    const { table } = await beside(before, after);
    return joinsByNumber(table);
  };

  it('not in a database that others filled, which may reach no other file', async () => {
    const staging = await (await engine()).openStaging({ path: ':memory:', ...defaultShape });
    expect(putBeside(staging, await written('CREATE TABLE t (x)'))).toBe(false);
    staging.close();
  });

  it.each([
    ['CREATE TABLE t (id INTEGER PRIMARY KEY, x)', 'CREATE TABLE t (id INTEGER PRIMARY KEY, x)', true],
    ['CREATE TABLE t (x, id integer PRIMARY KEY)', 'CREATE TABLE t (id INTEGER PRIMARY KEY, x)', true],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY, x)', 'CREATE TABLE t (id TEXT PRIMARY KEY, x)', false],
    ['CREATE TABLE t (id TEXT PRIMARY KEY, x)', 'CREATE TABLE t (id INTEGER PRIMARY KEY, x)', false],
    ['CREATE TABLE t (id TEXT PRIMARY KEY, x)', 'CREATE TABLE t (id TEXT PRIMARY KEY, x)', false],
    [
      'CREATE TABLE t (id INTEGER, x INTEGER, PRIMARY KEY (id, x))',
      'CREATE TABLE t (id INTEGER, x INTEGER, PRIMARY KEY (id, x))',
      false,
    ],
  ])('by one whole number on both sides: %s and %s, %s', async (before, after, expected) => {
    expect(await joins(before, after)).toBe(expected);
  });
});

describe('rows that are joined', () => {
  it.each([
    ['', '1', '1.0', 1],
    ['BLOB', '1', '1.0', 1],
    ['my_blob_type', '1', '1.0', 1],
    ['INTEGER', '1', '1.0', 0],
    ['REAL', '1', '1.0', 0],
    ['', "'1'", '1', 1],
    ['TEXT', "'a'", "'A'", 1],
    ['TEXT COLLATE NOCASE', "'a'", "'A'", 1],
    ['TEXT', 'NULL', "''", 1],
    ['TEXT', 'NULL', 'NULL', 0],
    ['', "'a'", "x'61'", 1],
  ])(
    'differ to the bit and in the storage class: as "%s" %s and %s, %i',
    async (type, before, after, changed) => {
      expect(await ofOne(type, before, after)).toMatchObject({ common: 1, changed });
    },
  );

  it('differ in the storage class where one side alone keeps it', async () => {
    const typed = 'CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL); INSERT INTO t VALUES (1, 1)';
    const untyped = 'CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 1)';
    expect(await counted(typed, untyped)).toMatchObject({ common: 1, changed: 1 });
    expect(await counted(untyped, typed)).toMatchObject({ common: 1, changed: 1 });
  });

  it('do not differ where they are keys alone, and are none in an empty table', async () => {
    const table = 'CREATE TABLE t (id INTEGER PRIMARY KEY);';
    const two = `${table} INSERT INTO t VALUES (1), (2)`;
    expect(await counted(two, two)).toMatchObject({ common: 2, changed: 0 });
    expect(await counted(table, two)).toEqual({ common: 0, changed: 0, pauses: 0 });
    expect(await counted(two, table)).toMatchObject({ common: 0, changed: 0 });
  });

  it('have no such number where the key may be empty', async () => {
    // Of old: an INTEGER PRIMARY KEY DESC is no row number, and takes NULL and text.
    const rows = `CREATE TABLE t (id INTEGER PRIMARY KEY DESC, x);
      INSERT INTO t VALUES (NULL, 1), (NULL, 2), (5, 1), ('a', 3)`;
    const { table } = await beside(rows, rows);
    expect(joinsByNumber(table)).toBe(false);
  });

  it('are counted once each, with a pause every 20,000', async () => {
    const rows = (step: number) => `CREATE TABLE t (id INTEGER PRIMARY KEY, x);
      WITH RECURSIVE n(i) AS (SELECT -30000 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
      INSERT INTO t SELECT i * 7, i % ${step} = 0 FROM n`;
    // 60,001 rows; the second differs where 3 divides and 2 does not, or 2 and not 3.
    expect(await counted(rows(2), rows(3))).toEqual({ common: 60_001, changed: 30_000, pauses: 4 });
  });
});
