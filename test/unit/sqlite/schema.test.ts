import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { NativeConnection } from '../../../src/core/sqlite/nativeConnection.ts';
import { readSchema } from '../../../src/core/sqlite/schema.ts';

function schemaOf(sql: string) {
  const database = new DatabaseSync(':memory:');
  database.exec(sql);
  return readSchema(new NativeConnection(database, ':memory:'));
}

it.each<[string, string | undefined, boolean]>([
  ['t(id INTEGER PRIMARY KEY, x)', 'rowid', false],
  ['t(id integer primary key autoincrement)', 'rowid', false],
  ['t(id INT PRIMARY KEY)', 'rowid', true],
  ['t(id INTEGER PRIMARY KEY DESC)', 'rowid', true],
  ['t(a INTEGER, b INTEGER, PRIMARY KEY(a, b))', 'rowid', true],
  ['t(x)', 'rowid', true],
  ['t(ROWID)', '_rowid_', true],
  ['t(rowid, _Rowid_)', 'oid', true],
  ['t(rowid, _rowid_, oid)', undefined, false],
  ['t(id INTEGER PRIMARY KEY, x) WITHOUT ROWID', undefined, false],
])('%s has its rows numbered by %s, to be kept: %s', (definition, rowid, keepsRowid) => {
  expect(schemaOf(`CREATE TABLE ${definition}`).tables).toMatchObject([{ name: 't', rowid, keepsRowid }]);
});

it('everything a dump has to write is there, in its order, and nothing of SQLite’s own', () => {
  const schema = schemaOf(`
    CREATE TABLE my_sqlite_x(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b AS (a || '!'));
    CREATE TABLE "t u"(y);
    CREATE VIRTUAL TABLE f USING fts5(words);
    CREATE INDEX i ON "t u"(y);
    CREATE VIEW v AS SELECT 1;
    CREATE TRIGGER r AFTER INSERT ON "t u" BEGIN SELECT 1; END;
    ANALYZE;
    PRAGMA user_version = 7;
    PRAGMA application_id = 1234;`);
  const names = (objects: { name: string }[]) => objects.map(({ name }) => name);
  expect(names(schema.tables)).toEqual(['my_sqlite_x', 't u']);
  expect(schema.tables[0]?.columns).toEqual(['id', 'a']);
  expect(names(schema.virtualTables)).toEqual(['f']);
  expect([schema.indexes, schema.views, schema.triggers].map(names)).toEqual([['i'], ['v'], ['r']]);
  expect(schema).toMatchObject({ hasSequence: true, userVersion: 7, applicationId: 1234 });
  expect(schemaOf('CREATE TABLE t(x)')).toMatchObject({
    hasSequence: false,
    userVersion: 0,
    applicationId: 0,
  });
});
