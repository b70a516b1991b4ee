import { describe, expect, it } from 'vitest';
import { commonRowid } from '../../../src/core/sqlite/rowids.ts';
import { inStoredOrder, listTables, rowidName, storedOrder } from '../../../src/core/sqlite/tables.ts';
import { inMemory } from '../../support/memory.ts';

const table = 'CREATE TABLE t(a, b)';
/** Rows 1 to so many, with this number for each. */
const numbered = (count: number, rowid: string) => `${table};
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO t(rowid, a, b) SELECT ${rowid}, 'row ' || i, i FROM n`;

function common(before: string, after: string): string | undefined {
  const [one, other] = [inMemory(before), inMemory(after)];
  const [from, to] = [listTables(one)[0], listTables(other)[0]];
  if (!from || !to) throw new Error('no table');
  return commonRowid(one, other, { name: 't', columns: from.columns, before: from, after: to });
}

describe('the number of a row tells it from others on both sides', () => {
  it.each([
    ['where all rows are the same', numbered(300, 'i'), numbered(300, 'i')],
    [
      'where rows were changed, added and taken away',
      numbered(300, 'i'),
      `${numbered(300, 'i')};
      UPDATE t SET a = 'new' WHERE b % 50 = 0; DELETE FROM t WHERE b IN (1, 77, 300); INSERT INTO t VALUES ('more', 1)`,
    ],
    ['where there are no rows on one side', numbered(3, 'i'), table],
    ['where there are none on the other', table, numbered(3, 'i')],
    ['where there are none at all', table, table],
    ['where all rows are others', numbered(100, 'i'), `${numbered(100, 'i')}; UPDATE t SET a = 'new ' || b`],
    ['far apart, too', numbered(40, 'i * 100000000'), numbered(40, 'i * 100000000')],
    ['and below zero', numbered(40, '-i'), numbered(40, '-i')],
  ])('%s', (_, before, after) => {
    expect(common(before, after)).toBe('rowid');
  });

  it.each([
    ['that was numbered anew', numbered(300, 'i * 2'), numbered(300, 'i')],
    ['that was numbered anew from its middle on', numbered(300, 'i + (i > 150)'), numbered(300, 'i')],
    [
      'of which the first row alone is elsewhere',
      numbered(300, 'i'),
      `${numbered(300, 'i')};
      UPDATE t SET rowid = 999 WHERE b = 1`,
    ],
    ['of which the last part is elsewhere', numbered(300, 'i + (i > 250) * 1000'), numbered(300, 'i')],
    [
      'with bytes and numbers in it',
      `${table}; INSERT INTO t(rowid, a, b) VALUES (7, X'00ff', 1.5), (9, NULL, 'x')`,
      `${table}; INSERT INTO t(rowid, a, b) VALUES (1, X'00ff', 1.5), (2, NULL, 'x')`,
    ],
  ])('but not in a table %s', (_, before, after) => {
    expect(common(before, after)).toBeUndefined();
  });

  it.each([
    ['text', "'1'", '1'],
    ['a real', '1.0', '1'],
    ['bytes', "X'31'", "'1'"],
    ['nothing', 'NULL', "''"],
  ])('%s is not found in what only looks the same', (_, before, after) => {
    const one = (rowid: number, value: string) =>
      `${table}; INSERT INTO t(rowid, a, b) VALUES (${rowid}, ${value}, 'x')`;
    expect(common(one(5, before), one(1, after))).toBe('rowid');
    expect(common(one(5, before), one(1, before))).toBeUndefined();
    expect(common(one(5, after), one(1, after))).toBeUndefined();
  });

  it('nor where it goes by another name on the other side', () => {
    expect(common('CREATE TABLE t(a)', 'CREATE TABLE t(a, rowid)')).toBeUndefined();
    expect(
      common('CREATE TABLE t(rowid, _rowid_, oid)', 'CREATE TABLE t(rowid, _rowid_, oid)'),
    ).toBeUndefined();
  });
});

describe('a table', () => {
  it.each([
    ['t(id INTEGER PRIMARY KEY, a)', ['id'], undefined],
    ['t(id integer primary key, a)', ['id'], undefined],
    ['t(id INTEGER PRIMARY KEY DESC, a)', ['id'], 'rowid'],
    ['t(id INT PRIMARY KEY, a)', ['id'], 'rowid'],
    ['t(a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (b, a))', ['b', 'a'], 'rowid'],
    ['t(a, b, PRIMARY KEY (b, a)) WITHOUT ROWID', ['b', 'a'], undefined],
    ['t(a, b)', [], 'rowid'],
    ['t(a, rowid)', [], '_rowid_'],
    ['t(a, RowId, _rowid_)', [], 'oid'],
    ['t(rowid, _rowid_, oid)', [], undefined],
  ])('%s has the key %j and the row number %s', (sql, key, rowid) => {
    const [facts] = listTables(inMemory(`CREATE TABLE ${sql}`));
    expect(facts).toMatchObject({ name: 't', key, rowid, virtual: false });
  });

  it('has no key in a column with NULLs', () => {
    const facts = (values: string) =>
      listTables(inMemory(`CREATE TABLE t(a PRIMARY KEY, b); INSERT INTO t VALUES ${values}`))[0];
    expect(facts('(1, 1), (2, 2)')).toMatchObject({ key: ['a'] });
    expect(facts('(1, 1), (NULL, 2), (NULL, 3)')).toMatchObject({ key: [], rowid: 'rowid' });
  });

  it('is stored by its number, else by its key, and a virtual one as it pleases', () => {
    const connection = inMemory(`CREATE TABLE n(a); CREATE TABLE i(id INTEGER PRIMARY KEY);
      CREATE TABLE k("a b", c, PRIMARY KEY (c, "a b")) WITHOUT ROWID; CREATE VIRTUAL TABLE v USING fts5(a)`);
    expect(storedOrder(connection, 'n')).toEqual(['rowid']);
    expect(storedOrder(connection, 'i')).toEqual(['rowid']);
    expect(storedOrder(connection, 'k')).toEqual(['"c"', '"a b"']);
    expect(inStoredOrder(connection, 'k')).toBe('ORDER BY "c", "a b"');
    expect(inStoredOrder(connection, 'n')).toBe('ORDER BY rowid');
    expect(inStoredOrder(connection, 'v')).toBe('');
    expect(rowidName(connection, 'v')).toBeUndefined();
    expect(rowidName(connection, 'gone')).toBeUndefined();
    expect(listTables(connection).map(({ name, virtual }) => [name, virtual])).toEqual([
      ['i', false],
      ['k', false],
      ['n', false],
      ['v', true],
    ]);
  });
});
