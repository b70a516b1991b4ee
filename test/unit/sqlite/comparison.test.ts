import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultShape } from '../../../src/core/backups/stage.ts';
import { type Cell, cellOf, readWhole } from '../../../src/core/sqlite/browse.ts';
import { compareDatabases, type RowDifference } from '../../../src/core/sqlite/compare.ts';
import { DifferencePages, pagesOfOne } from '../../../src/core/sqlite/differencePages.ts';
import type { Connection, SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { loadChecked } from '../../../src/core/sqlite/loadChecked.ts';
import { countRows } from '../../../src/core/sqlite/tables.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const engine = () => chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'native' });
const { signal } = new AbortController();

async function opened(sql: string, path = ':memory:'): Promise<Connection> {
  const connection = await (await engine()).openStaging({ path, ...defaultShape });
  onTestFinished(() => connection.close());
  connection.exec(sql);
  return connection;
}

const many = (count: number, more = '') =>
  `CREATE TABLE a (id INTEGER PRIMARY KEY, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
   INSERT INTO a SELECT i, 'row ' || i FROM n; ${more}`;

describe('two databases with many rows', () => {
  const changed =
    'UPDATE a SET b = 1 WHERE id = 5; DELETE FROM a WHERE id = 7; INSERT INTO a VALUES (99999, 1);';
  const expected = [{ name: 'a', rowsNow: 30_000, rowsAfter: 30_000, added: 1, removed: 1, changed: 1 }];

  it('are compared side by side, and joined where one may be put beside the other', async () => {
    const folder = await scratchFolder();
    const before = await opened(many(30_000));
    const after = await opened(many(30_000, changed));
    expect(await compareDatabases(before, after, testTask())).toEqual(expected);
    const [live, path] = ['live', 'after'].map((name) => join(folder, name)) as [string, string];
    (await opened(many(30_000), live)).close();
    const reading = await (await engine()).openSnapshot(live, testTask());
    onTestFinished(() => reading.close());
    const beside = await opened(many(30_000, changed), path);
    expect(await compareDatabases(reading, beside, testTask(), path)).toEqual(expected);
  });

  it('are no longer compared when it is cancelled', async () => {
    const before = await opened(many(30_000));
    const path = join(await scratchFolder(), 'after.sqlite3');
    const after = await opened(many(30_000, changed), path);
    for (const beside of [undefined, path]) {
      const stop = new AbortController();
      setImmediate(() => stop.abort());
      const comparing = compareDatabases(before, after, testTask({}, stop.signal), beside);
      await expect(comparing).rejects.toMatchObject({ code: 'cancelled' });
    }
  });

  it('count a table of one side as wholly added or removed', async () => {
    const before = await opened('CREATE TABLE gone (x); INSERT INTO gone VALUES (1)');
    const after = await opened('CREATE TABLE fresh (x); INSERT INTO fresh VALUES (1), (2)');
    expect(await compareDatabases(before, after, testTask())).toEqual([
      { name: 'fresh', rowsNow: null, rowsAfter: 2, added: 2, removed: 0, changed: 0 },
      { name: 'gone', rowsNow: 1, rowsAfter: null, added: 0, removed: 1, changed: 0 },
    ]);
  });
});

describe('pages of differences', () => {
  const row = (number: number): RowDifference => ({ kind: 'added', after: [BigInt(number)] });
  const numbers = (page: RowDifference[]) => page.map((one) => ('after' in one ? Number(one.after[0]) : -1));

  /** Five rows with pauses between them; how often they were read from their start is counted. */
  function paused() {
    const read = { starts: 0, closed: 0 };
    const pages = new DifferencePages(function* () {
      read.starts++;
      try {
        for (let at = 0; at < 5; at++) {
          yield null;
          yield row(at);
        }
      } finally {
        read.closed++;
      }
    });
    return { read, pages };
  }

  it('are read on from where the last one ended, and from the start where one lies before', async () => {
    const { read, pages } = paused();
    expect(numbers(await pages.read(0, 2, signal))).toEqual([0, 1]);
    expect(numbers(await pages.read(3, 9, signal))).toEqual([3, 4]);
    expect(read).toEqual({ starts: 1, closed: 1 });
    expect(numbers(await pages.read(1, 1, signal))).toEqual([1]);
    expect(read).toEqual({ starts: 2, closed: 1 });
    expect(numbers(await pages.read(9, 1, signal))).toEqual([]);
  });

  it('begin anew after one that was cancelled', async () => {
    const { read, pages } = paused();
    await expect(pages.read(0, 2, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    expect(numbers(await pages.read(0, 2, signal))).toEqual([0, 1]);
    expect(read).toEqual({ starts: 2, closed: 1 });
  });

  it('of a table on one side are all of its rows, as it stores them', async () => {
    const side = await opened(
      "CREATE TABLE t (k TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES ('b'), ('a')",
    );
    const all = await pagesOfOne(side, 'removed', 't', ['k']).read(0, 10, signal);
    expect(all).toEqual([
      { kind: 'removed', before: ['a'] },
      { kind: 'removed', before: ['b'] },
    ]);
  });
});

it.each<[SqlValue, Cell]>([
  [null, null],
  [5n, { type: 'integer', text: '5' }],
  [2.5, { type: 'real', text: '2.5' }],
  [1e300, { type: 'real', text: '1e+300' }],
  ['héllo', { type: 'text', text: 'héll', bytes: 6, cut: true }],
  ['hé', { type: 'text', text: 'hé', bytes: 3, cut: false }],
  [Buffer.from('abcdef'), { type: 'blob', hex: '61626364', bytes: 6, cut: true }],
])('a value is shown as it is, a long one by its beginning (%#)', (value, cell) => {
  expect(cellOf(value, 4)).toEqual(cell);
});

describe('one value of a table', () => {
  const table = { name: 'a', rows: 2, columns: [{ name: 'id' }, { name: 'b' }] } as Parameters<
    typeof readWhole
  >[1];

  it('is read at its place, and none where there is no such row', async () => {
    const connection = await opened(
      "CREATE TABLE a (id INTEGER PRIMARY KEY, b); INSERT INTO a VALUES (1, 'one'), (2, 2.0)",
    );
    const at = (row: number, orderBy?: { column: string; descending: boolean }): Cell =>
      readWhole(connection, table, { row, column: 'b', ...(orderBy ? { orderBy } : {}) } as Parameters<
        typeof readWhole
      >[2]);
    expect(at(0)).toMatchObject({ type: 'text', text: 'one' });
    expect(at(1)).toEqual({ type: 'real', text: '2.0' });
    expect(at(0, { column: 'id', descending: true })).toEqual({ type: 'real', text: '2.0' });
    expect(at(5)).toBeNull();
    expect(() => at(0, { column: 'nothing', descending: false })).toThrow(
      expect.objectContaining({ code: 'no-such-column' }),
    );
  });
});

it('rows that a dump counted and that are not there are damage', async () => {
  const loading = async (rows: number, name: string) => {
    const staging = await opened('CREATE TABLE a (b); INSERT INTO a VALUES (1)');
    async function* steps() {
      yield { kind: 'end' as const, record: { tables: [{ name, rows }], facts: {} } };
    }
    return loadChecked(staging, steps(), testTask());
  };
  await expect(loading(2, 'a')).rejects.toMatchObject({
    code: 'damaged',
    message: "Table a should have 2 rows by this backup's own record, but 1 came out.",
  });
  await expect(loading(2, 'gone')).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('but no came out'),
  });
  // No rows were counted of an index over another table's.
  expect((await loading(0, 'a')).record?.tables).toEqual([{ name: 'a', rows: 0 }]);
  expect((await loading(1, 'a')).tableRows).toEqual([{ name: 'a', rows: 1 }]);
  expect(countRows(await opened('CREATE TABLE a (b)'), 'a')).toBe(0);
});
