import fc from 'fast-check';
import { describe, it } from 'vitest';
import { applyDifferences } from '../../../src/core/sqlite/applyDifferences.ts';
import { compareDatabases } from '../../../src/core/sqlite/compare.ts';
import type { Connection, SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { pairTables } from '../../../src/core/sqlite/pairTables.ts';
import { testTask } from '../../support/task.ts';

const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(1.5, -0.25, 2 ** 60),
  fc.constantFrom('', 'a', 'A', 'a ', 'two\nlines', "it's", 'ż', '🦄'),
  fc.uint8Array({ maxLength: 2 }),
);
const number = fc.bigInt({ min: 0n, max: 6n });
const key = fc.oneof(number, fc.constantFrom('a', 'b', 'A', '\uffee', '🦄'));
const rowsBy = (first: fc.Arbitrary<SqlValue>) => fc.array(fc.tuple(first, value, value), { maxLength: 12 });

const kinds = {
  rowid: 'CREATE TABLE t (k INTEGER PRIMARY KEY, x, y TEXT)',
  text: 'CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, x, y)',
  several: 'CREATE TABLE t (k NOT NULL, x NOT NULL, y, PRIMARY KEY (x, k)) WITHOUT ROWID',
  none: 'CREATE TABLE t (k, x, y)',
  nullable: 'CREATE TABLE t (k PRIMARY KEY, x, y)',
  unique: 'CREATE TABLE t (k INTEGER PRIMARY KEY, x UNIQUE, y TEXT COLLATE NOCASE UNIQUE)',
  'unique without rowid': 'CREATE TABLE t (k NOT NULL PRIMARY KEY, x, y, UNIQUE (x, y)) WITHOUT ROWID',
};

describe.each(['native', 'wasm'])('applying the differences with the %s engine', (name) => {
  it.each(Object.entries(kinds))('of two databases to one gives the other (%s)', async (kind, sql) => {
    const rows = rowsBy(kind === 'rowid' || kind === 'unique' ? number : key);
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name });
    const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
    const filled = async (content: SqlValue[][], encoding: 'UTF-8' | 'UTF-16le'): Promise<Connection> => {
      const connection = await engine.openStaging({ ...shape, encoding, path: ':memory:' });
      connection.exec(sql);
      for (const row of content) {
        for (const _ of connection.rows('INSERT OR IGNORE INTO t VALUES (?, ?, ?)', ...row));
      }
      return connection;
    };
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.constantFrom('UTF-8', 'UTF-16le'), async (first, second, encoding) => {
        const before = await filled(first, encoding);
        const target = await filled(first, encoding);
        const after = await filled(second, 'UTF-8');
        try {
          const [table] = pairTables(before, after);
          for (const _ of applyDifferences({ target, before, after }, table!));
          const [change] = await compareDatabases(target, after, testTask());
          return change?.added === 0 && change.removed === 0 && change.changed === 0;
        } finally {
          for (const one of [before, target, after]) one.close();
        }
      }),
      { numRuns: 200 },
    );
  });
});
