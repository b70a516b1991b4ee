import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultShape } from '../../../src/core/backups/stage.ts';
import { dumpSteps } from '../../../src/core/sqlite/dumpSteps.ts';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { refuseForeignDump } from '../../../src/core/sqlite/foreign.ts';
import { parseHeader } from '../../../src/core/sqlite/header.ts';
import { RecordReader } from '../../../src/core/sqlite/record.ts';
import { withExpressions } from '../../../src/core/sqlite/schemaText.ts';
import { contentOption, virtualTableRows } from '../../../src/core/sqlite/virtualTables.ts';
import { streamOf } from '../../support/bytes.ts';

const native = { ...process.env, DBBACKUP_ENGINE: 'native' };

async function opened(sql: string): Promise<Connection> {
  const engine = await chooseEngine(native);
  const connection = await engine.openStaging({ path: ':memory:', ...defaultShape });
  onTestFinished(() => connection.close());
  connection.exec(sql);
  return connection;
}

it.each([
  ['PGDMP\u0001', 'PostgreSQL (pg_dump, custom format)'],
  ['--\n-- PostgreSQL database cluster dump\n', 'PostgreSQL'],
  ['-- MariaDB dump 10.19\n', 'MySQL'],
  ['/*!40101 SET NAMES utf8 */;\n', 'MySQL'],
  ['CREATE TABLE a (b int) ENGINE=InnoDB;\n', 'MySQL'],
  ['[{ "model": "auth.user" }]', 'Django fixtures (JSON)'],
])('%j is a dump of another engine, and says which', async (head, engine) => {
  expect(() => refuseForeignDump(Buffer.from(head))).toThrow(
    expect.objectContaining({
      code: 'foreign-engine',
      message: `This is a dump of ${engine}, not of SQLite.`,
    }),
  );
  let isClosed = false;
  async function* source() {
    try {
      yield Buffer.from(head);
      yield Buffer.alloc(1 << 20, ' ');
    } finally {
      isClosed = true;
    }
  }
  await expect(dumpSteps(source()).next()).rejects.toMatchObject({ code: 'foreign-engine' });
  expect(isClosed).toBe(true);
});

describe('what a dump says of itself', () => {
  const recordOf = (...comments: string[]) => {
    const reader = new RecordReader();
    for (const comment of comments) reader.see(comment);
    return reader;
  };

  it('counts once it has come to its end', () => {
    const lines = ['dbbackup dump 1: complete', 'dbbackup table ["a", 3]', 'dbbackup fact ["host", "web"]'];
    expect(recordOf(...lines)).toMatchObject({ cutOff: true, record: undefined });
    expect(recordOf(...lines, 'dbbackup end')).toMatchObject({
      cutOff: false,
      record: { tables: [{ name: 'a', rows: 3 }], facts: { host: 'web' } },
    });
  });

  it('is nothing where it is of another shape', () => {
    const odd = [
      'dbbackup table [oops]',
      'dbbackup table [1, 2]',
      'dbbackup table ["a", "b"]',
      'dbbackup fact ["host", 3]',
      'dbbackup fact []',
      'dbbackup other ["a", 1]',
    ];
    expect(recordOf(...odd, 'dbbackup end').record).toEqual({ tables: [], facts: {} });
  });

  it('makes a dump that breaks off damaged', async () => {
    const read = async (text: string) => {
      for await (const _ of dumpSteps(streamOf(text)));
    };
    await expect(
      read('-- dbbackup dump 1: complete only with its last line\nCREATE TABLE a (b);\n'),
    ).rejects.toMatchObject({
      code: 'damaged',
      message: 'This dump is cut off: its last lines are missing.',
    });
  });
});

describe('the rows of a virtual table', () => {
  const columnsOf = async (sql: string, name: string, columns: string[]) => {
    const connection = await opened(sql);
    const table = { name, columns, sql } as Parameters<typeof virtualTableRows>[1];
    return virtualTableRows(connection, table);
  };

  it('come by their own numbers, which a tree has as a column', async () => {
    const tree = 'CREATE VIRTUAL TABLE t USING rtree(id, a, b)';
    expect((await columnsOf(tree, 't', ['id', 'a', 'b'])).columns).toEqual(['id', 'a', 'b']);
    const words = 'CREATE VIRTUAL TABLE w USING "fts5"(body)';
    expect(await columnsOf(words, 'w', ['body'])).toMatchObject({ columns: ['rowid', 'body'], after: [] });
    const four = 'CREATE VIRTUAL TABLE f USING fts4(body)';
    expect((await columnsOf(four, 'f', ['body', 'f', 'docid'])).columns).toEqual(['docid', 'body']);
  });

  it('come by the columns of any other module, and its number where no column hides it', async () => {
    const connection = await opened('');
    const columns = (using: string, ...names: string[]) => {
      const table = { name: 'v', columns: names, sql: `CREATE VIRTUAL TABLE v USING ${using}` };
      return virtualTableRows(connection, table as Parameters<typeof virtualTableRows>[1]).columns;
    };
    expect(columns('geopoly(a)', '_shape', 'a')).toEqual(['_shape', 'a']);
    expect(columns('rtree_i32(id, a, b)', 'id', 'a', 'b')).toEqual(['id', 'a', 'b']);
    expect(columns('vec0(a)', 'a')).toEqual(['rowid', 'a']);
    expect(columns("'vec0'(a)", 'ROWID', 'a')).toEqual(['ROWID', 'a']);
  });

  it('are not read where there are none', async () => {
    const empty = "CREATE VIRTUAL TABLE w USING fts5(body, content='')";
    expect(await columnsOf(empty, 'w', ['body'])).toMatchObject({
      rows: [],
      warning: { code: 'contentless-index' },
    });
    const four = 'CREATE VIRTUAL TABLE f USING fts4(content="", body)';
    expect(await columnsOf(four, 'f', ['body'])).toMatchObject({
      rows: [],
      warning: { code: 'contentless-index' },
    });
  });

  it.each([
    ["fts5(a, content='note')", 'note'],
    ['fts5(a, content = "my note")', 'my note'],
    ['fts5(a, content=note)', 'note'],
    ['fts5(a, content=)', ''],
    ['fts5(a)', undefined],
  ])('%s has its texts in %j', (sql, content) => {
    expect(contentOption({ sql })).toBe(content);
  });
});

it('an engine that does not exist is a mistake', async () => {
  await expect(chooseEngine({ DBBACKUP_ENGINE: 'oracle' })).rejects.toMatchObject({
    code: 'usage',
    message: 'DBBACKUP_ENGINE is "oracle".',
  });
});

it.each([
  ["SELECT 'a\nb'", "SELECT ('a'||char(10)||'b')"],
  ["SELECT '\r\n'", 'SELECT (char(13)||char(10))'],
  ['SELECT \'a\', "b\nc"', 'SELECT \'a\', "b\nc"'],
])('%j keeps its line breaks as an expression', (sql, expected) => {
  expect(withExpressions(sql)).toBe(expected);
});

it('a file that is too short for a header, or has a page size that none has, is no database', () => {
  const image = Buffer.alloc(100);
  image.write('SQLite format 3\0');
  for (const bytes of [Buffer.from('SQLite format 3\0'), image])
    expect(() => parseHeader(bytes, 'db.sqlite3')).toThrow(
      expect.objectContaining({ code: 'database-corrupt' }),
    );
  image.writeUInt16BE(4096, 16);
  image.writeUInt32BE(2, 56);
  expect(parseHeader(image, 'db.sqlite3')).toMatchObject({ pageSize: 4096, encoding: 'UTF-16le' });
});

it('the engine without modules names the one that it lacks, and functions may give whole numbers', async () => {
  const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'wasm' });
  const connection = await engine.openStaging({ path: ':memory:', ...defaultShape });
  onTestFinished(() => connection.close());
  expect(() => connection.exec('CREATE VIRTUAL TABLE v USING nosuch(a)')).toThrow(
    expect.objectContaining({
      code: 'engine-cannot',
      message: expect.stringMatching(/^This engine has no nosuch, which .*:memory:.* is made with\.$/),
    }),
  );
  connection.define('five', () => 5n);
  expect([...connection.rows('SELECT CAST(five() AS INTEGER)')]).toEqual([[5n]]);
});
