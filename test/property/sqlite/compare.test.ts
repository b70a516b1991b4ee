import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDatabases, differences } from '../../../src/core/sqlite/compare.ts';
import type { SqlValue } from '../../../src/core/sqlite/engine.ts';
import { NativeConnection } from '../../../src/core/sqlite/nativeConnection.ts';
import { compareValues } from '../../../src/core/sqlite/order.ts';
import { pairTables } from '../../../src/core/sqlite/pairTables.ts';
import { scratchFolder } from '../../support/scratch.ts';

type Row = SqlValue[];

const shapes = {
  'integer key': 'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)',
  'text key': 'CREATE TABLE t(id TEXT NOT NULL PRIMARY KEY, a, b)',
  'text key without case': 'CREATE TABLE t(id TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, a, b)',
  'key of two columns': 'CREATE TABLE t(id, a, b, PRIMARY KEY(a, id)) WITHOUT ROWID',
  'no key': 'CREATE TABLE t(id, a, b)',
  'key that may be null': 'CREATE TABLE t(id TEXT PRIMARY KEY, a, b)',
};

const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.double({ noNaN: true }),
  fc.constantFrom(0.5, 1, 2),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('a', 'A', 'ä', '\uffee', '🦄', 'a\u0000b', ''),
  fc.uint8Array({ maxLength: 4 }),
);
const row = fc.tuple(value, value, value);

/** Rows that would not go in (a key twice, NULL where it must not be) are left out, as an application would. */
function databaseOf(sql: string, rows: Row[]): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(sql);
  const insert = database.prepare('INSERT OR IGNORE INTO t VALUES (?, ?, ?)');
  for (const values of rows) {
    try {
      insert.run(...values);
    } catch (error) {
      // An INTEGER PRIMARY KEY takes nothing but integers.
      if (!(error instanceof Error && /datatype mismatch/.test(error.message))) throw error;
    }
  }
  return database;
}

/** The same rows once more. Not from the same statements: past the largest rowid, SQLite numbers rows at random. */
function copyOf(database: DatabaseSync, sql: string): DatabaseSync {
  const rows = [...new NativeConnection(database, 't').rows('SELECT id, a, b FROM t')];
  return databaseOf(sql, rows);
}

function contents(database: DatabaseSync): string[] {
  const text = (v: SqlValue) =>
    `${typeof v}:${v instanceof Uint8Array ? Buffer.from(v).toString('hex') : String(v)}`;
  return [...new NativeConnection(database, 't').rows('SELECT * FROM t')]
    .map((values) => values.map(text).join('|'))
    .sort();
}

/** Deletes and inserts by all that is in a row; changes are a removal and an addition. */
function applyTo(database: DatabaseSync, found: { removed: Row[]; added: Row[] }): void {
  const where = 'a IS ? AND b IS ? AND id IS ? AND typeof(a) = ? AND typeof(b) = ? AND typeof(id) = ?';
  const kind = (v: SqlValue) =>
    v === null
      ? 'null'
      : typeof v === 'bigint'
        ? 'integer'
        : typeof v === 'number'
          ? 'real'
          : typeof v === 'string'
            ? 'text'
            : 'blob';
  for (const [id, a, b] of found.removed as [SqlValue, SqlValue, SqlValue][]) {
    const sql = database.prepare(`DELETE FROM t WHERE ${where}`);
    sql.run(a, b, id, kind(a), kind(b), kind(id));
  }
  const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?)');
  for (const values of found.added) insert.run(...values);
}

describe('differences', () => {
  it.each(Object.entries(shapes))('applied to one side give the other: %s', (_, sql) => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 12 }),
        fc.array(row, { maxLength: 6 }),
        fc.array(fc.boolean()),
        (all, more, keep) => {
          const before = databaseOf(sql, all);
          const after = databaseOf(sql, [...all.filter((_row, at) => keep[at] !== false), ...more]);
          const [left, right] = [
            new NativeConnection(before, 'before'),
            new NativeConnection(after, 'after'),
          ];
          const [table] = pairTables(left, right);
          const removed: Row[] = [];
          const added: Row[] = [];
          const own = (values: Row) => (table!.columns[0] === 'rowid' ? values.slice(1) : values);
          for (const found of differences(left, right, table!)) {
            if (found && found.kind !== 'added') removed.push(own(found.before));
            if (found && found.kind !== 'removed') added.push(own(found.after));
          }
          if (table!.before.key.length === 0 || table!.after.key.length === 0) {
            // Twins without a key cannot be told apart by a statement; compare as multisets.
            const twin = new Set(contents(before));
            fc.pre(
              twin.size === contents(before).length &&
                new Set(contents(after)).size === contents(after).length,
            );
          }
          applyTo(before, { removed, added });
          expect(contents(before)).toEqual(contents(after));
        },
      ),
    );
  });

  it.each([
    ['rowids', 'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)'],
    ['typed columns', 'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b decimal)'],
    [
      'whole numbers without a rowid',
      'CREATE TABLE t(id INTEGER NOT NULL PRIMARY KEY, a REAL, b ANY) WITHOUT ROWID',
    ],
  ])('are counted the same by a join: %s', async (_, sql) => {
    const path = join(await scratchFolder(), 'after.sqlite3');
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.array(row, { maxLength: 6 }),
        fc.array(fc.boolean()),
        async (all, more, keep) => {
          const numbered = all.map(([, a, b], at): Row => [BigInt(at * 3), a ?? null, b ?? null]);
          const others = more.map(([, a, b], at): Row => [BigInt(at * 7), a ?? null, b ?? null]);
          const before = databaseOf(sql, numbered);
          const after = databaseOf(sql, [...numbered.filter((_row, at) => keep[at] !== false), ...others]);
          rmSync(path, { force: true });
          after.exec(`VACUUM INTO '${path}'`);
          const sides = [
            new NativeConnection(before, 'before'),
            new NativeConnection(after, 'after'),
          ] as const;
          const { signal } = new AbortController();
          const task = { signal, report: () => undefined };
          const byRows = await compareDatabases(...sides, task);
          expect(await compareDatabases(...sides, task, path)).toEqual(byRows);
          expect([...sides[0].rows("SELECT 1 FROM pragma_database_list WHERE name = 'other'")]).toEqual([
            [1n],
          ]);
          for (const side of sides) side.close();
        },
      ),
    );
  });

  it('finds nothing between equal databases', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 12 }),
        fc.constantFrom(...Object.values(shapes)),
        (rows, sql) => {
          const first = databaseOf(sql, rows);
          const [left, right] = [first, copyOf(first, sql)].map((d) => new NativeConnection(d, 'x'));
          const [table] = pairTables(left!, right!);
          expect([...differences(left!, right!, table!)]).toEqual([]);
        },
      ),
    );
  });
});

describe('compareValues', () => {
  it('orders as SQLite does', () => {
    const database = new DatabaseSync(':memory:');
    const connection = new NativeConnection(database, 'x');
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [[order]] = [
          ...connection.rows(
            `SELECT CASE WHEN n = 1 THEN -1 WHEN n = 2 THEN 1 ELSE 0 END FROM (
               SELECT max(CASE WHEN first = 1 AND v IS NOT w THEN which ELSE 0 END) AS n FROM (
                 SELECT which, v, w, row_number() OVER (ORDER BY v COLLATE BINARY, which) AS first FROM (
                   SELECT 1 AS which, ?1 AS v, ?2 AS w UNION ALL SELECT 2, ?2, ?1)))`,
            a,
            b,
          ),
        ] as [[bigint]];
        expect(Math.sign(compareValues(a, b))).toBe(Number(order));
      }),
    );
  });
});
