import { describe, expect, it, onTestFinished } from 'vitest';
import {
  browseTables,
  cellOf,
  type PageQuery,
  readPage,
  readWhole,
  type TableInfo,
} from '../../../src/core/sqlite/browse.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { scratchFolder } from '../../support/scratch.ts';

type Encoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be';

async function opened(sql: string, encoding: Encoding = 'UTF-8', engineName = 'native') {
  const engine = await chooseEngine({
    ...process.env,
    DBBACKUP_ENGINE: engineName,
    DBBACKUP_HOME: await scratchFolder(),
  });
  const connection = await engine.openStaging({ path: ':memory:', pageSize: 4096, encoding, autoVacuum: 0 });
  onTestFinished(() => connection.close());
  connection.exec(sql);
  const [table] = browseTables(connection, ['t']) as [TableInfo];
  const page = (ask: Partial<PageQuery> = {}) =>
    readPage(connection, table, { table: 't', offset: 0, limit: 100, ...ask });
  return { connection, table, page };
}

/** What stands in the first column. */
const first = (page: { rows: unknown[][] }) =>
  page.rows.map(([cell]) => (cell as { text: string } | null)?.text ?? null);

describe.each(['native', 'wasm'])('a table, read by the %s engine', (engineName) => {
  it('has columns with their types and their places in the key', async () => {
    const { table } = await opened(
      'CREATE TABLE t (a TEXT, b INTEGER, c, PRIMARY KEY (b, a)); INSERT INTO t VALUES (1, 2, 3)',
      'UTF-8',
      engineName,
    );
    expect(table).toEqual({
      name: 't',
      rows: 1,
      columns: [
        { name: 'a', type: 'TEXT', key: 2 },
        { name: 'b', type: 'INTEGER', key: 1 },
        { name: 'c', type: '', key: 0 },
      ],
    });
  });

  it.each<Encoding>(['UTF-8', 'UTF-16le', 'UTF-16be'])(
    'has values of every kind, in %s',
    async (encoding) => {
      const { page } = await opened(
        `CREATE TABLE t (a); INSERT INTO t VALUES (NULL), (9007199254740993), (1.5), ('ü🦆'), (''), (X''), (X'00ff')`,
        encoding,
        engineName,
      );
      expect(page()).toEqual({
        total: 7,
        rows: [
          [null],
          [{ type: 'integer', text: '9007199254740993' }],
          [{ type: 'real', text: '1.5' }],
          // In UTF-16 a letter and a pair of surrogates, as many bytes as in UTF-8.
          [{ type: 'text', text: 'ü🦆', bytes: 6, cut: false }],
          [{ type: 'text', text: '', bytes: 0, cut: false }],
          [{ type: 'blob', hex: '', bytes: 0, cut: false }],
          [{ type: 'blob', hex: '00ff', bytes: 2, cut: false }],
        ],
      });
    },
  );
});

describe('a long value', () => {
  it('is cut after 1,024 bytes, and not in the middle of a character', async () => {
    const { page } = await opened(
      `CREATE TABLE t (a, b); INSERT INTO t VALUES
        (printf('%.*c', 1024, 'x'), zeroblob(1024)), (printf('%.*c', 1025, 'x'), zeroblob(1025)),
        ('x' || replace(printf('%.*c', 600, '.'), '.', 'ü'), NULL)`,
    );
    const [whole, cut, character] = page().rows;
    expect(whole).toEqual([
      { type: 'text', text: 'x'.repeat(1024), bytes: 1024, cut: false },
      { type: 'blob', hex: '00'.repeat(1024), bytes: 1024, cut: false },
    ]);
    expect(cut).toEqual([
      { type: 'text', text: 'x'.repeat(1024), bytes: 1025, cut: true },
      { type: 'blob', hex: '00'.repeat(1024), bytes: 1025, cut: true },
    ]);
    expect(character).toEqual([{ type: 'text', text: `x${'ü'.repeat(511)}`, bytes: 1201, cut: true }, null]);
  });

  it('is given whole by itself', async () => {
    const { connection, table } = await opened(
      `CREATE TABLE t (a); INSERT INTO t VALUES (1), (printf('%.*c', 5000, 'x'))`,
    );
    const value = (row: number, column = 'a') => readWhole(connection, table, { table: 't', row, column });
    expect(value(1)).toEqual({ type: 'text', text: 'x'.repeat(5000), bytes: 5000, cut: false });
    expect(value(0)).toEqual({ type: 'integer', text: '1' });
    expect(value(2)).toBeNull();
    expect(() => value(0, 'b')).toThrow(expect.objectContaining({ code: 'no-such-column' }));
  });

  it('with a NUL, broken UTF-8 or a byte order mark is read on', async () => {
    const { page } = await opened(
      `CREATE TABLE t (a); INSERT INTO t VALUES ('a' || char(0) || 'b'), (CAST(X'61ff62' AS TEXT)), (char(65279) || 'c')`,
    );
    expect(first(page())).toEqual(['a\0b', 'a�b', '\ufeffc']);
  });
});

describe('a page', () => {
  const numbers = `CREATE TABLE t (a, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
    INSERT INTO t SELECT i, CASE i % 3 WHEN 0 THEN 'Fizz' ELSE 'n' || i END FROM n`;

  it('has so many rows from there on, and 1,000 at most', async () => {
    const { page } = await opened(numbers);
    expect(first(page({ offset: 10, limit: 3 }))).toEqual(['11', '12', '13']);
    expect(first(page({ offset: 1499, limit: 3 }))).toEqual(['1500']);
    expect(first(page({ offset: 1.9, limit: 2.9 }))).toEqual(['2', '3']);
    expect(first(page({ offset: -5, limit: 1 }))).toEqual(['1']);
    expect(page({ limit: 0 })).toEqual({ rows: [], total: 1500 });
    expect(page({ limit: -1 }).rows).toEqual([]);
    expect(page({ limit: 5000 }).rows).toHaveLength(1000);
  });

  it('is sorted by a column, either way, and as stored where that is the same', async () => {
    const { page } = await opened(numbers);
    expect(first(page({ orderBy: { column: 'a', descending: true }, limit: 2 }))).toEqual(['1500', '1499']);
    expect(first(page({ orderBy: { column: 'b' }, limit: 3 }))).toEqual(['3', '6', '9']);
    expect(first(page({ orderBy: { column: 'b', descending: true }, offset: 1000, limit: 2 }))).toEqual([
      '3',
      '6',
    ]);
    expect(() => page({ orderBy: { column: 'c' } })).toThrow(
      expect.objectContaining({ code: 'no-such-column', message: 'Table t has no column c.' }),
    );
  });

  it('is sorted in a table without a number for its rows, too', async () => {
    const { page } = await opened(
      `CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO t VALUES ('z', 1), ('y', 2), ('x', 1)`,
    );
    expect(first(page())).toEqual(['x', 'y', 'z']);
    expect(first(page({ orderBy: { column: 'b' } }))).toEqual(['x', 'z', 'y']);
    expect(first(page({ orderBy: { column: 'b', descending: true } }))).toEqual(['y', 'x', 'z']);
  });

  it('has what a filter lets through, and says how many that are', async () => {
    const { page } = await opened(numbers);
    const filtered = (text: string, column?: string) =>
      page({ limit: 2, filter: { text, ...(column ? { column } : {}) } });
    expect(filtered('')).toMatchObject({ total: 1500 });
    expect(filtered('fizz')).toMatchObject({ total: 500 });
    expect(first(filtered('fizz'))).toEqual(['3', '6']);
    expect(filtered('1499')).toMatchObject({ total: 1 });
    expect(filtered('1499', 'a')).toMatchObject({ total: 1 });
    expect(filtered('n1499', 'a')).toMatchObject({ total: 0, rows: [] });
    expect(() => filtered('x', 'c')).toThrow(expect.objectContaining({ code: 'no-such-column' }));
  });

  it('takes the signs of a pattern for themselves, blobs for no text, and no more than 1,000 letters', async () => {
    const { page } = await opened(
      `CREATE TABLE t (a); INSERT INTO t VALUES ('100%'), ('1000'), ('a_b'), ('acb'), ('back\\slash'), (CAST('100%' AS BLOB)),
        (printf('%.*c', 1000, 'y') || 'z')`,
    );
    const found = (text: string) => first(page({ filter: { text } }));
    expect(found('0%')).toEqual(['100%']);
    expect(found('a_b')).toEqual(['a_b']);
    expect(found('k\\s')).toEqual(['back\\slash']);
    expect(page({ filter: { text: `${'y'.repeat(1000)}not there` } }).total).toBe(1);
  });
});

describe('a value that was read', () => {
  it.each([
    [null, null],
    [5n, { type: 'integer', text: '5' }],
    [5, { type: 'real', text: '5.0' }],
    [-0.5, { type: 'real', text: '-0.5' }],
    [1e21, { type: 'real', text: '1e+21' }],
    [1e20, { type: 'real', text: '100000000000000000000.0' }],
    ['abcd', { type: 'text', text: 'abcd', bytes: 4, cut: false }],
    ['abcde', { type: 'text', text: 'abcd', bytes: 5, cut: true }],
    ['üb', { type: 'text', text: 'üb', bytes: 3, cut: false }],
    [Buffer.from('01020304', 'hex'), { type: 'blob', hex: '01020304', bytes: 4, cut: false }],
    [Buffer.from('0102030405', 'hex'), { type: 'blob', hex: '01020304', bytes: 5, cut: true }],
  ])('%s is shown as %j', (value, cell) => {
    expect(cellOf(value, 4)).toEqual(cell);
  });
});
