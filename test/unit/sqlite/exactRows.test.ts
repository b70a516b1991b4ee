import { expect, it } from 'vitest';
import { exactBatches, mostBytes, mostRows } from '../../../src/core/sqlite/exactRows.ts';
import type { NativeConnection } from '../../../src/core/sqlite/nativeConnection.ts';
import { inMemory } from '../../support/memory.ts';

const batchesOf = (connection: NativeConnection, source: object = {}, where = '', ...parameters: bigint[]) =>
  [
    ...exactBatches(
      connection,
      { table: 't', columns: ['a'], rowid: 'rowid', ...source },
      where,
      ...parameters,
    ),
  ].map(({ rows, values }) => ({ rows, values: Buffer.from(values).toString() }));

const numbers = (count: number) =>
  inMemory(`CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO t SELECT i FROM n`);

it.each([
  [1, [1]],
  [mostRows, [mostRows]],
  [mostRows + 1, [mostRows, 1]],
  [2 * mostRows + 50, [mostRows, mostRows, 50]],
])('%i rows stand in statements of %j', (count, expected) => {
  const batches = batchesOf(numbers(count));
  expect(batches.map(({ rows }) => rows)).toEqual(expected);
  expect(batches.map(({ values }) => values).join(',')).toBe(
    Array.from({ length: count }, (_, at) => `(${at + 1})`).join(','),
  );
});

it('a table without rows has no statement', () => {
  expect(batchesOf(inMemory('CREATE TABLE t(a)'))).toEqual([]);
});

it.each([
  ['two rows that fill a statement stand in it', [mostBytes / 2, mostBytes / 2, mostBytes / 2], [2, 1]],
  ['a byte more, and each has its own', [mostBytes / 2, mostBytes / 2 + 1, mostBytes / 2], [1, 1, 1]],
  ['a row larger than a statement stands alone', [mostBytes * 2, 10, 10], [1, 2]],
  ['after small ones, too', [10, 10, mostBytes * 2, 10], [2, 1, 1]],
])('%s', (_, lengths, expected) => {
  const connection = inMemory('CREATE TABLE t(a)');
  // As `('…')`: four characters are not the text's own.
  for (const length of lengths) connection.exec(`INSERT INTO t VALUES (printf('%.*c', ${length - 4}, 'x'))`);
  expect(batchesOf(connection).map(({ rows }) => rows)).toEqual(expected);
});

it('values of every kind are literals', () => {
  const connection = inMemory(
    `CREATE TABLE t(a, b); INSERT INTO t VALUES (NULL, 1), (1.5, X'ABCDEF0a'), ('it''s', '')`,
  );
  expect(batchesOf(connection, { columns: ['a', 'b'] })).toEqual([
    { rows: 3, values: "(NULL,1),(1.5,X'ABCDEF0A'),('it''s','')" },
  ]);
});

it('rows come by the rowid, by a column, or as the table has them, and those that are asked for', () => {
  const connection = inMemory('CREATE TABLE t(a); INSERT INTO t VALUES (3), (1), (2)');
  expect(batchesOf(connection)[0]?.values).toBe('(3),(1),(2)');
  expect(batchesOf(connection, { order: 'a' })[0]?.values).toBe('(1),(2),(3)');
  expect(batchesOf(connection, {}, 'WHERE a > ?', 1n)[0]?.values).toBe('(3),(2)');
  const keyed = inMemory('CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (3), (1), (2)');
  expect(batchesOf(keyed, { rowid: undefined })[0]?.values).toBe('(1),(2),(3)');
});

it('what fails while rows are read is said as it is', () => {
  const connection = inMemory('CREATE TABLE t(a); INSERT INTO t VALUES (1)');
  expect(() => batchesOf(connection, { columns: ['gone'] })).toThrow(/no such column/);
});
