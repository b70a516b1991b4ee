import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { dump } from '../../../src/core/sqlite/dump.ts';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { load } from '../../../src/core/sqlite/load.ts';
import { RecordReader } from '../../../src/core/sqlite/record.ts';
import type { Warning } from '../../../src/core/task.ts';
import { gather, streamOf } from '../../support/bytes.ts';

const { signal } = new AbortController();

async function opened(engine: string, sql: string): Promise<Connection> {
  const { openStaging } = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engine }).then((one) => ({
    openStaging: one.openStaging.bind(one),
  }));
  const connection = await openStaging({
    path: ':memory:',
    pageSize: 4096,
    encoding: 'UTF-8',
    autoVacuum: 0,
  });
  connection.exec(sql);
  return connection;
}

async function dumped(connection: Connection): Promise<{ text: string; warnings: Warning[] }> {
  const chunks: Uint8Array[] = [];
  const all = dump(connection, { signal, record: { alias: 'x' } });
  for (;;) {
    const next = await all.next();
    if (next.done) return { text: Buffer.concat(chunks).toString(), warnings: next.value.warnings };
    chunks.push(next.value);
  }
}

/** A database after its dump was loaded into another one, which is dumped again. */
async function through(engine: string, sql: string) {
  const source = await opened(engine, sql);
  const { text, warnings } = await dumped(source);
  const copy = await opened(engine, '');
  await load(streamOf(text), copy, { signal });
  expect((await dumped(copy)).text).toBe(text);
  expect([...copy.rows('PRAGMA integrity_check')]).toEqual([['ok']]);
  return { source, copy, text, warnings };
}

const all = (connection: Connection, sql: string) => [...connection.rows(sql)];
/** Counters have no order of their own. */
const rowsOf = (name: unknown) => `SELECT * FROM "${name}"${name === 'sqlite_sequence' ? ' ORDER BY 1' : ''}`;
const both = ['native', 'wasm'];

describe.each(both)('a dump, with %s, keeps', (engine) => {
  it.each([
    ['a column called rowid', "CREATE TABLE t(rowid TEXT, x); INSERT INTO t VALUES('b', 1), ('a', 2)"],
    [
      'three columns that hide the number of their rows',
      "CREATE TABLE t(rowid, _rowid_, oid); INSERT INTO t VALUES('b', 1, 2), ('a', 2, 3)",
    ],
    [
      'generated columns',
      'CREATE TABLE t(x, y AS (x + 1) STORED, z AS (x + 2)); INSERT INTO t(x) VALUES (1), (5)',
    ],
    [
      'counters, one of them without a number',
      "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (5); INSERT INTO sqlite_sequence VALUES ('gone', NULL)",
    ],
    ['no counter where none was ever moved', 'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)'],
    [
      'more columns than one expression takes',
      `CREATE TABLE t(${Array.from({ length: 160 }, (_, n) => `c${n}`).join(',')}); INSERT INTO t(c0, c159) VALUES ('a' || char(10), x'00ff')`,
    ],
    [
      'an index over an expression, and part of a table',
      "CREATE TABLE t(x, y); CREATE INDEX i ON t(lower(x)) WHERE y > 0; CREATE UNIQUE INDEX j ON t(x DESC, y); INSERT INTO t VALUES ('A', 1)",
    ],
    ['nothing at all', ''],
  ])('%s', async (_name, sql) => {
    const { source, copy } = await through(engine, sql);
    const schema = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2";
    expect(all(copy, schema)).toEqual(all(source, schema));
    for (const [name] of all(source, "SELECT name FROM sqlite_schema WHERE type = 'table'"))
      expect(all(copy, rowsOf(name))).toEqual(all(source, rowsOf(name)));
  });

  it('texts with a NUL, broken UTF-8 and the character that stands for it, in some columns of many', async () => {
    const { source, copy, text } = await through(
      engine,
      `CREATE TABLE t(a, b, c, d);
       INSERT INTO t VALUES ('plain', 'x' || char(0) || 'y', CAST(x'61ff62' AS TEXT), char(65533));
       INSERT INTO t VALUES ('it''s', 'no nul', 'good', 'a' || char(13) || char(10) || '\\n');
       INSERT INTO t VALUES (1.5, 9e999, -9e999, NULL), (0.1 + 0.2, 5e-324, x'', 9223372036854775807);`,
    );
    const bytes = 'SELECT typeof(a), hex(a), typeof(b), hex(b), typeof(c), hex(c), typeof(d), hex(d) FROM t';
    expect(all(copy, bytes)).toEqual(all(source, bytes));
    expect(all(copy, 'SELECT b, c FROM t LIMIT 1 OFFSET 2')).toEqual([[Infinity, -Infinity]]);
    expect(text.split('\n').every((line) => !line.includes('\r') && !line.includes('\0'))).toBe(true);
  });

  it('text in the schema that holds a line break: of a view, a trigger, an index, and, with a warning, a table', async () => {
    const { copy, text, warnings } = await through(
      engine,
      `CREATE TABLE t(x DEFAULT 'a
b', y);
       CREATE VIEW v AS SELECT x || 'c
d' AS z, '
' AS e FROM t;
       CREATE TRIGGER r AFTER INSERT ON t WHEN new.y = 'e
' BEGIN UPDATE t SET y = 'it''s
f' WHERE rowid = new.rowid; END;
       CREATE INDEX i ON t(y) WHERE y <> 'g
h';`,
    );
    expect(warnings.map(({ code }) => code)).toEqual(['schema-line-break']);
    copy.exec("INSERT INTO t(y) VALUES ('e' || char(10))");
    expect(all(copy, 'SELECT x, y FROM t')).toEqual([['a\nb', "it's\nf"]]);
    expect(all(copy, 'SELECT z, e FROM v')).toEqual([['a\nbc\nd', '\n']]);
    // No line of it is the middle of a literal.
    expect(text.split('\n').filter((line) => line && !/^(--|[A-Z])/.test(line))).toEqual([]);
  });

  it('search indexes: with their own text, with none, and over another table', async () => {
    const kind = engine === 'native' ? ['fts5', 'rowid', 'rowid'] : ['fts4', 'docid', 'docid'];
    const contentless = engine === 'native' ? ", content=''" : ", content=''";
    const { copy, warnings } = await through(
      engine,
      `CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT);
       INSERT INTO doc VALUES (3, 'a horse'), (7, 'a donkey');
       CREATE VIRTUAL TABLE own USING ${kind[0]}(body);
       INSERT INTO own(${kind[1]}, body) VALUES (5, 'a mule'), (9, 'two' || char(10) || 'lines');
       CREATE VIRTUAL TABLE none USING ${kind[0]}(body${contentless});
       INSERT INTO none(${kind[1]}, body) VALUES (1, 'gone');
       CREATE VIRTUAL TABLE over USING ${kind[0]}(body, content='doc'${engine === 'native' ? ", content_rowid='id'" : ''});
       INSERT INTO over(over) VALUES ('rebuild');`,
    );
    expect(all(copy, "SELECT rowid FROM own WHERE own MATCH 'mule'")).toEqual([[5n]]);
    expect(all(copy, "SELECT rowid FROM over WHERE over MATCH 'donkey'")).toEqual([[7n]]);
    expect(all(copy, "SELECT rowid FROM none WHERE none MATCH 'gone'")).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'contentless-index', message: expect.stringContaining('none') }]);
  });
});

describe('a dump by the native engine alone keeps', () => {
  it.each([
    [
      'an R-tree',
      'CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r VALUES (4, 1.5, 2.5)',
      'id, a, b',
    ],
    [
      'an R-tree of whole numbers',
      'CREATE VIRTUAL TABLE r USING rtree_i32(id, a, b); INSERT INTO r VALUES (4, 1, 2)',
      'id, a, b',
    ],
    [
      'options of an index',
      "CREATE VIRTUAL TABLE r USING fts5(x); INSERT INTO r(r, rank) VALUES ('automerge', 8); INSERT INTO r VALUES ('a')",
      'x',
    ],
    [
      'an index with a column called rowid in another case',
      'CREATE VIRTUAL TABLE r USING fts4(x); INSERT INTO r(docid, x) VALUES (4, 1)',
      'docid, x',
    ],
  ])('%s', async (_name, sql, columns) => {
    const { source, copy } = await through('native', sql);
    expect(all(copy, `SELECT ${columns} FROM r`)).toEqual(all(source, `SELECT ${columns} FROM r`));
  });

  it('the rows of an engine that cuts text at its first NUL', async () => {
    const source = await opened(
      'native',
      "CREATE TABLE t(a, b, c); INSERT INTO t VALUES ('x'||char(0)||'y', 'z', 1.5), (char(0), NULL, x'00')",
    );
    const cutting: Connection = {
      ...source,
      exec: source.exec.bind(source),
      define: source.define.bind(source),
      close: source.close.bind(source),
      *rows(query, ...parameters) {
        for (const row of source.rows(query, ...parameters))
          yield row.map((value) => (typeof value === 'string' ? (value.split('\0')[0] ?? '') : value));
      },
    };
    const copy = await opened('native', '');
    await load(streamOf((await dumped(cutting)).text), copy, { signal });
    const bytes = 'SELECT typeof(a), hex(a), b, c FROM t';
    expect(all(copy, bytes)).toEqual(all(source, bytes));
  });
});

describe('a dump', () => {
  it('comes in pieces, between which it can be stopped', async () => {
    const source = await opened('native', 'CREATE TABLE t(x)');
    source.exec(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT hex(zeroblob(50)) FROM n',
    );
    const controller = new AbortController();
    const pieces = dump(source, { signal: controller.signal, record: {} });
    expect((await pieces.next()).done).toBe(false);
    controller.abort();
    await expect(gather(pieces)).rejects.toMatchObject({ code: 'cancelled' });
    const counted: number[] = [];
    const report = ({ done = 0 }) => void counted.push(done);
    await gather(dump(source, { signal, record: {}, report }));
    expect(counted).toEqual([0]);
  });

  it('is what the sqlite3 of this host loads to the same', async () => {
    const { text } = await dumped(
      await opened('native', "CREATE TABLE t(x); INSERT INTO t VALUES ('a' || char(10) || 'b')"),
    );
    const database = new DatabaseSync(':memory:');
    database.exec(text);
    expect(database.prepare('SELECT x FROM t').all()).toEqual([{ x: 'a\nb' }]);
  });
});

describe('the record of a dump', () => {
  function readerOf(...comments: string[]): RecordReader {
    const reader = new RecordReader();
    for (const comment of comments) reader.see(comment);
    return reader;
  }

  it('counts only with its end, and a dump of ours is cut off without it', () => {
    const lines = ['dbbackup dump 1: complete only with its last line', 'dbbackup fact ["alias","x"]'];
    expect(readerOf(...lines).cutOff).toBe(true);
    expect(readerOf(...lines).record).toBeUndefined();
    const whole = readerOf(...lines, 'dbbackup table ["t",3]', 'dbbackup end');
    expect(whole.cutOff).toBe(false);
    expect(whole.record).toEqual({ tables: [{ name: 't', rows: 3 }], facts: { alias: 'x' } });
    expect(readerOf('a comment').cutOff).toBe(false);
  });

  it('is not made up of what is none', () => {
    const odd = [
      'dbbackup table [1,2]',
      'dbbackup table ["t","3"]',
      'dbbackup fact ["a",1]',
      'dbbackup fact [',
      'dbbackup fact []',
    ];
    expect(readerOf(...odd, 'dbbackup table {}', 'dbbackup end').record).toEqual({ tables: [], facts: {} });
  });
});
