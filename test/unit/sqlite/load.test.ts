import { describe, expect, it } from 'vitest';
import type { SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { load } from '../../../src/core/sqlite/load.ts';
import { inPieces } from '../../support/bytes.ts';

const { signal } = new AbortController();

describe.each(['native', 'wasm'])('load, with %s', (engineName) => {
  async function loaded(sql: string | Buffer, query = 'SELECT * FROM t ORDER BY 1'): Promise<SqlValue[][]> {
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engineName });
    const staging = await engine.openStaging({
      path: ':memory:',
      pageSize: 4096,
      encoding: 'UTF-8',
      autoVacuum: 0,
    });
    try {
      await load(inPieces(Buffer.from(sql), 11), staging, { signal });
      return [...staging.rows(query)];
    } finally {
      staging.close();
    }
  }
  const table = 'CREATE TABLE t(a, b);\n';

  it.each([
    [
      'two on a line',
      "INSERT INTO t VALUES(1,'a'); INSERT INTO t VALUES(2,'b');\n",
      [
        [1n, 'a'],
        [2n, 'b'],
      ],
    ],
    [
      'a blank before the semicolon',
      "INSERT INTO t VALUES(1,'a') ;\nINSERT INTO t VALUES(2,'b');\n",
      [
        [1n, 'a'],
        [2n, 'b'],
      ],
    ],
    [
      'CRLF line ends',
      "INSERT INTO t VALUES(1,'a\r\nb');\r\nINSERT INTO t VALUES(2,'b');\r\n",
      [
        [1n, 'a\r\nb'],
        [2n, 'b'],
      ],
    ],
    ['no last line break or semicolon', "INSERT INTO t VALUES(1,'a')", [[1n, 'a']]],
    [
      'text that looks like SQL',
      "INSERT INTO t VALUES(1,'a\nDELETE FROM t;\nb');\n",
      [[1n, 'a\nDELETE FROM t;\nb']],
    ],
    ['INSERT OR REPLACE', 'INSERT OR REPLACE INTO "t" VALUES(1,NULL);\n', [[1n, null]]],
    [
      'Infinity as django-dbbackup writes it',
      'INSERT INTO t VALUES(1,Inf),(2,-Inf);\n',
      [
        [1n, Infinity],
        [2n, -Infinity],
      ],
    ],
    ['Inf within a text', "INSERT INTO t VALUES(1,'Inf');\n", [[1n, 'Inf']]],
    ['a shell line break', "INSERT INTO t VALUES(1,replace('a\\nb','\\n',char(10)));\n", [[1n, 'a\nb']]],
    ['a table emptied first', 'DELETE FROM "t";\nINSERT INTO t VALUES(1,2);\n', [[1n, 2n]]],
    [
      'its table named again',
      'INSERT INTO t VALUES(1,2);\nCREATE TABLE IF NOT EXISTS t(a, b);\n',
      [[1n, 2n]],
    ],
  ])('takes %s', async (_name, sql, expected) => {
    expect(await loaded(table + sql)).toEqual(expected);
  });

  it('keeps a NUL and invalid UTF-8 that stand in a literal', async () => {
    const sql = Buffer.concat([
      Buffer.from(`${table}INSERT INTO t VALUES(1,'a`),
      Buffer.from([0, 0xff]),
      Buffer.from("b');\n"),
    ]);
    const [row] = await loaded(sql, 'SELECT CAST(b AS BLOB) FROM t');
    expect(Buffer.from(row?.[0] as Uint8Array)).toEqual(Buffer.from([0x61, 0, 0xff, 0x62]));
  });

  it('makes indexes, views and triggers once, and no trigger fires', async () => {
    const again = `CREATE INDEX i ON t(a);\nCREATE VIEW v AS SELECT a FROM t;
      CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END;\n`;
    const sql = `${again}${table}${again}INSERT INTO t VALUES(1,2);\n${again}`;
    expect(await loaded(sql)).toEqual([[1n, 2n]]);
    expect(await loaded(sql, "SELECT name FROM sqlite_master WHERE type <> 'table' ORDER BY 1")).toEqual([
      ['i'],
      ['r'],
      ['v'],
    ]);
  });

  it('keeps AUTOINCREMENT counters', async () => {
    const sql = `CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT);\nINSERT INTO t VALUES(1);
      DELETE FROM sqlite_sequence;\nINSERT INTO sqlite_sequence VALUES('t',41);\n`;
    expect(await loaded(sql, 'SELECT seq FROM sqlite_sequence')).toEqual([[41n]]);
  });

  it.each([
    ['ATTACH', "ATTACH 'x' AS y;", 'forbidden-statement'],
    ['VACUUM INTO', "VACUUM INTO 'x';", 'forbidden-statement'],
    ['an UPDATE', 'UPDATE t SET a = 1;', 'forbidden-statement'],
    ['a DELETE with a condition', 'DELETE FROM t WHERE a = 1;', 'forbidden-statement'],
    ['INSERT … SELECT', 'INSERT INTO t SELECT 1, 2;', 'forbidden-statement'],
    ['a subquery in a row', 'INSERT INTO t VALUES(1,(SELECT 2));', 'forbidden-statement'],
    ['a function in a row', "INSERT INTO t VALUES(1,readfile('/etc/passwd'));", 'forbidden-statement'],
    ['CREATE TABLE … AS', 'CREATE TABLE u AS SELECT 1;', 'forbidden-statement'],
    ...[
      'u AS',
      'IF NOT EXISTS u AS',
      '"u v" AS',
      '[u] AS',
      'main.u AS',
      'u/**/AS',
      'u--\nAS',
      `${' '.repeat(300)}u/**/AS`,
      `"${'u'.repeat(5000)}" AS`,
    ].map((start, index): [string, string, string] => [
      `a query that never ends as a table (${index})`,
      `CREATE TABLE ${start} WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c;`,
      index === 8 ? 'not-a-dump' : 'forbidden-statement',
    ]),
    [
      'a row for the schema',
      "INSERT INTO sqlite_master VALUES('table','x','x',0,'CREATE TABLE x(a)');",
      'forbidden-statement',
    ],
    ['another PRAGMA', 'PRAGMA journal_mode2=1;', 'forbidden-statement'],
    ['a missing table', 'INSERT INTO nowhere VALUES(1);', 'row-refused'],
    ['a view over nothing is no error, a broken index is', 'CREATE INDEX i ON t(nowhere);', 'row-refused'],
  ])('refuses %s', async (_name, sql, code) => {
    await expect(loaded(`${table}${sql}\n`)).rejects.toMatchObject({ code });
  });
});
