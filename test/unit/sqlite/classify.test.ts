import { describe, expect, it } from 'vitest';
import { type Classified, classify } from '../../../src/core/sqlite/classify.ts';
import { splitStatements } from '../../../src/core/sqlite/statements.ts';
import { streamOf } from '../../support/bytes.ts';

async function classified(sql: string): Promise<Classified> {
  for await (const part of splitStatements(streamOf(sql))) if (!('comment' in part)) return classify(part);
  throw new Error('no statement');
}

const table = (name: string) => ({ kind: 'table', name, virtual: false });
const later = (object: string, name: string) => ({ kind: 'later', object, name });
const insert = (name: string) => ({ kind: 'insert', table: name });
const schemaRow = (sql: string, type = 'table') =>
  `INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('${type}','f','f',0,'${sql}');`;

describe('a statement of a dump', () => {
  it.each<[string, object]>([
    ...['BEGIN;', 'begin transaction;', 'COMMIT;', 'END;', 'ROLLBACK;', 'ANALYZE x;', 'DROP TABLE t;'].map(
      (sql): [string, object] => [sql, { kind: 'skip' }],
    ),
    ['PRAGMA user_version=7;', { kind: 'pragma' }],
    ['pragma "application_id" = 1;', { kind: 'pragma' }],
    ['PRAGMA main.encoding="UTF-8";', { kind: 'pragma' }],
    ['PRAGMA foreign_keys=OFF;', { kind: 'skip' }],
    ['PRAGMA journal_mode = wal;', { kind: 'skip' }],
    ['CREATE TABLE t(x);', table('t')],
    ['create table if not exists "a ""b" (x);', table('a "b')],
    ["CREATE TABLE 'it''s'(x);", table("it's")],
    ['CREATE TABLE `a``b`(x);', table('a`b')],
    ['CREATE TABLE [a b](x);', table('a b')],
    ['CREATE TABLE main.t(x);', table('t')],
    ['CREATE TABLE "main" . t (x);', table('t')],
    ['CREATE TABLE t -- why\n(x);', table('t')],
    ['CREATE TABLE/* a comment */t/* ( */(x);', table('t')],
    ['CREATE VIRTUAL TABLE f USING fts5(x);', { kind: 'table', name: 'f', virtual: true }],
    ['CREATE INDEX i ON t(x);', later('index', 'i')],
    ['CREATE UNIQUE INDEX IF NOT EXISTS "i" ON t(x);', later('index', 'i')],
    ['CREATE VIEW v AS SELECT 1;', later('view', 'v')],
    ['CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;', later('trigger', 'r')],
    ['INSERT INTO t VALUES(1);', insert('t')],
    ['INSERT INTO "a b"(x) VALUES(NULL);', insert('a b')],
    ['insert or replace into main.t values(1);', insert('t')],
    ['INSERT OR IGNORE INTO t VALUES(1);', insert('t')],
    ['REPLACE INTO t VALUES(1);', insert('t')],
    ["INSERT INTO t VALUES(CAST(X'00' AS TEXT));", insert('t')],
    ["INSERT INTO t VALUES(replace('a','b',char(10)));", insert('t')],
    ["INSERT INTO t VALUES(unistr('\\u000a'));", insert('t')],
    ['INSERT INTO t VALUES(Inf,-Infinity,nan);', insert('t')],
    ['INSERT INTO sqlite_sequence VALUES(1,2);', insert('sqlite_sequence')],
    ['INSERT INTO t DEFAULT VALUES;', insert('t')],
    ['INSERT INTO sqlite_stat1 VALUES(1);', { kind: 'skip' }],
    ['INSERT INTO sqlite_stat4 VALUES(1);', { kind: 'skip' }],
    ['DELETE FROM t;', { kind: 'empty', table: 't' }],
    ['DELETE FROM "a b";', { kind: 'empty', table: 'a b' }],
    ["DELETE FROM 'a';", { kind: 'empty', table: 'a' }],
    ['DELETE FROM `a`;', { kind: 'empty', table: 'a' }],
    ['DELETE FROM [a]', { kind: 'empty', table: 'a' }],
    ['DELETE FROM sqlite_sequence;', { kind: 'sequence-reset' }],
    ['DELETE FROM sqlite_sequence WHERE name IN (1);', { kind: 'sequence-reset' }],
    [
      schemaRow("CREATE VIRTUAL TABLE f USING fts5(x, tokenize=''porter'')"),
      { kind: 'virtual-table', sql: "CREATE VIRTUAL TABLE f USING fts5(x, tokenize='porter')" },
    ],
    [
      "UPDATE sqlite_master SET sql=CAST(X'61' AS TEXT) WHERE type='table' AND name='it''s';",
      { kind: 'schema-text', sql: 'a', name: "it's" },
    ],
  ])('%s', async (sql, expected) => {
    expect(await classified(sql)).toEqual(expected);
  });

  it.each([
    ["ATTACH 'x' AS y;", 'ATTACH'],
    ['DETACH y;', 'DETACH'],
    ["VACUUM INTO 'x';", 'VACUUM INTO'],
    ['SELECT 1;', 'SELECT'],
    ['ALTER TABLE t ADD y;', 'ALTER TABLE T'],
    ['WITH RECURSIVE c(x) AS (SELECT 1) SELECT 1;', 'WITH RECURSIVE'],
    ['SAVEPOINT s;', 'SAVEPOINT'],
    ['EXPLAIN SELECT 1;', 'EXPLAIN'],
    ['PRAGMA key=1;', 'PRAGMA key'],
    ['PRAGMA;', 'PRAGMA'],
    ['PRAGMA main.temp_store_directory=x;', 'PRAGMA temp_store_directory'],
    ['CREATE TEMP TABLE t(x);', 'CREATE TEMP'],
    ['CREATE TABLE t AS SELECT 1;', 'AS SELECT'],
    ['INSERT INTO t SELECT 1;', 'INSERT without VALUES'],
    ['INSERT INTO t VALUES((SELECT 1));', '"select" in a row'],
    ["INSERT INTO t VALUES(load_extension('x'));", '"load_extension" in a row'],
    ['INSERT INTO t VALUES($x);', '"$x" in a row'],
    ['INSERT INTO sqlite_master VALUES(1);', 'a row for sqlite_master'],
    ['INSERT INTO sqlite_schema VALUES(1);', 'a row for sqlite_schema'],
    [schemaRow('CREATE TABLE f(x)'), 'a row for sqlite_schema'],
    [schemaRow('CREATE VIRTUAL TABLE f USING x', 'view'), 'a row for sqlite_schema'],
    ['DELETE FROM t WHERE x=1;', 'DELETE'],
    ['DELETE FROM sqlite_master;', 'DELETE'],
    ['DELETE t;', 'DELETE'],
    ['UPDATE t SET x=1;', 'UPDATE'],
    ["UPDATE sqlite_master SET sql='x' WHERE type='table' AND name='t';", 'UPDATE'],
    ["UPDATE sqlite_master SET sql=CAST(X'61' AS TEXT) WHERE type='index' AND name='t';", 'UPDATE'],
  ])('has no business there: %s', async (sql, what) => {
    await expect(classified(`\n\n${sql}`)).rejects.toMatchObject({
      code: 'forbidden-statement',
      message: expect.stringMatching(new RegExp(`Line 3 .*${what.replace(/[$()]/g, '\\$&')}`)),
    });
  });

  it.each([
    ['Dear all, find attached', 'not-a-dump', 'Dear all'],
    ['.shell rm', 'forbidden-statement', '.shell rm'],
    ['CREATE TABLE (x);', 'not-a-dump', 'CREATE TABLE'],
    ['CREATE INDEX ;', 'not-a-dump', 'CREATE INDEX'],
    ['INSERT t VALUES(1);', 'not-a-dump', 'INSERT t'],
    ['INSERT INTO ;', 'not-a-dump', 'INSERT INTO'],
    ['VALUES(1);', 'not-a-dump', 'VALUES(1)'],
  ])('is none: %s', async (sql, code, words) => {
    await expect(classified(sql)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it.each<[string, object]>([
    ['PRAGMA user_version = 7;', { kind: 'pragma' }],
    ['PRAGMA "main" . encoding = 1;', { kind: 'pragma' }],
    ['CREATE TABLE t (x);', table('t')],
    ['CREATE TABLE IF NOT EXISTS main . "t u" (x);', table('t\n \t u')],
    ['CREATE VIRTUAL TABLE f USING fts5(x);', { kind: 'table', name: 'f', virtual: true }],
    ['CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(x);', { kind: 'table', name: 'f', virtual: true }],
    ['CREATE INDEX IF NOT EXISTS i ON t(x);', later('index', 'i')],
    ['CREATE UNIQUE INDEX i ON t(x);', later('index', 'i')],
    ['CREATE VIEW IF NOT EXISTS v AS SELECT 1;', later('view', 'v')],
    ['INSERT INTO t VALUES(1);', insert('t')],
    ['INSERT OR REPLACE INTO t VALUES(1);', insert('t')],
    ['INSERT OR IGNORE INTO t VALUES(1);', insert('t')],
    ['REPLACE INTO main . t VALUES(1);', insert('t')],
    ['DELETE FROM t ;', { kind: 'empty', table: 't' }],
    ['DELETE FROM sqlite_sequence ;', { kind: 'sequence-reset' }],
  ])('is the same with any space between its words: %s', async (sql, expected) => {
    expect(await classified(sql.replaceAll(' ', '\n \t '))).toEqual(expected);
  });

  it.each<[string, object]>([
    ['CREATE TABLE "a main.b"(x);', table('a main.b')],
    ['CREATE TABLE create_table_t(x);', table('create_table_t')],
    ['CREATE TABLE -- why it is\n t(x);', table('t')],
    [
      'CREATE VIRTUAL TABLE "create virtual table x" USING f;',
      { kind: 'table', name: 'create virtual table x', virtual: true },
    ],
    ['INSERT INTO "insert into x" VALUES(1);', insert('insert into x')],
    ['INSERT INTO my_sqlite_master VALUES(1);', insert('my_sqlite_master')],
    ['INSERT INTO my_sqlite_stat1 VALUES(1);', insert('my_sqlite_stat1')],
    ['DELETE FROM "delete from x";', { kind: 'empty', table: 'delete from x' }],
    ['DELETE FROM my_sqlite_x;', { kind: 'empty', table: 'my_sqlite_x' }],
    ['DELETE FROM "a ""b"" c";', { kind: 'empty', table: 'a "b" c' }],
    ["DELETE FROM 'a ''b'' c';", { kind: 'empty', table: "a 'b' c" }],
    ['DELETE FROM `a ``b`` c`;', { kind: 'empty', table: 'a `b` c' }],
    [
      "UPDATE sqlite_master SET sql=CAST(X'6162' AS TEXT) WHERE type='table' AND name='t'",
      { kind: 'schema-text', sql: 'ab', name: 't' },
    ],
  ])('is told by its words, not by those in names: %s', async (sql, expected) => {
    expect(await classified(sql)).toEqual(expected);
  });

  it.each([
    [
      "INSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql)\n VALUES('table','it''s a','b ''c''',0,'create  virtual\n table f using g(''h'')')",
    ],
    [
      "insert into sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','','',0,'create  virtual\n table f using g(''h'')');",
    ],
  ])('is a virtual table: %s', async (sql) => {
    expect(await classified(sql)).toEqual({
      kind: 'virtual-table',
      sql: "create  virtual\n table f using g('h')",
    });
  });

  it.each([
    [`${schemaRow('CREATE VIRTUAL TABLE f USING g').slice(0, -2)},1);`, 'a row for sqlite_schema'],
    [schemaRow('x; CREATE VIRTUAL TABLE f USING g'), 'a row for sqlite_schema'],
    [schemaRow('CREATE VIRTUAL TABLES f'), 'a row for sqlite_schema'],
    ['INSERT INTO sqlite_sequences VALUES(1);', 'a row for sqlite_sequences'],
    ['DELETE FROM "a" WHERE "x";', 'DELETE'],
    ["UPDATE sqlite_master SET sql=CAST(X'61' AS TEXT) WHERE type='table' AND name='t' OR 1;", 'UPDATE'],
    ["UPDATE sqlite_master SET sql=CAST(X'' AS TEXT) WHERE type='table' AND name='t';", 'UPDATE'],
  ])('is not taken for a harmless one: %s', async (sql, what) => {
    await expect(classified(sql)).rejects.toMatchObject({
      code: 'forbidden-statement',
      message: expect.stringContaining(`${what}.`),
    });
  });

  it('is shown in an error on one line, from its first word', async () => {
    await expect(classified('Dear \n\n all\t, find attached')).rejects.toMatchObject({
      message: 'Line 1 is no statement of a SQLite dump: Dear all , find attached',
    });
    await expect(classified('RELEASE;')).rejects.toMatchObject({
      message: expect.stringContaining(' RELEASE.'),
    });
  });
});
