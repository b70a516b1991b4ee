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

  it('is not led astray by an apostrophe in a name before such a literal', async () => {
    const sql = Buffer.concat([
      Buffer.from(
        `CREATE TABLE "it's"(a);\n${table}INSERT INTO "it's" VALUES('x');\nINSERT INTO t VALUES(1,'`,
      ),
      Buffer.from([0xff]),
      Buffer.from(`');\nINSERT INTO "it's" VALUES('y');\n`),
    ]);
    const [row] = await loaded(sql, `SELECT CAST(b AS BLOB), (SELECT group_concat(a) FROM "it's") FROM t`);
    expect(row?.[1]).toBe('x,y');
    expect(Buffer.from(row?.[0] as Uint8Array)).toEqual(Buffer.from([0xff]));
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

/** As the sqlite3 shell writes a virtual table: a row for the schema, and its shadow tables as tables. */
function shellDump(sql: string, rows: string): string {
  return `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','f','f',0,'${sql.replaceAll("'", "''")}');
${rows}
PRAGMA writable_schema=OFF;
COMMIT;
`;
}

describe('a dump of the sqlite3 shell', () => {
  async function staged(sql: string) {
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'native' });
    const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
    const staging = await engine.openStaging({ path: ':memory:', ...shape });
    await load(inPieces(Buffer.from(sql), 100), staging, { signal });
    return staging;
  }

  it('brings a virtual table with the rows of its shadow tables', async () => {
    const source = await staged(
      "CREATE TABLE t(x);\nCREATE VIRTUAL TABLE f USING fts5(body);\nINSERT INTO f(rowid,body) VALUES(3,'a horse');\n",
    );
    const shadows = ['data', 'idx', 'content', 'docsize', 'config'].map((part) => `f_${part}`);
    const rows = shadows.flatMap((name) => {
      const [[sql] = []] = source.rows('SELECT sql FROM sqlite_schema WHERE name = ?', name);
      const columns = [...source.rows('SELECT name FROM pragma_table_info(?)', name)].map(
        ([column]) => `quote("${column}")`,
      );
      const values = [...source.rows(`SELECT ${columns.join("||','||")} FROM ${name}`)];
      const create = String(sql).replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS');
      return [`${create};`, ...values.map(([text]) => `INSERT INTO ${name} VALUES(${text});`)];
    });
    const copy = await staged(shellDump('CREATE VIRTUAL TABLE f USING fts5(body)', rows.join('\n')));
    expect([...copy.rows("SELECT rowid, body FROM f WHERE f MATCH 'horse'")]).toEqual([[3n, 'a horse']]);
    expect([...copy.rows('PRAGMA integrity_check')]).toEqual([['ok']]);
  });

  it.each([
    ['two statements in one', 'CREATE VIRTUAL TABLE f USING fts5(body); DROP TABLE t', 'forbidden-statement'],
    ['a module that nobody has', 'CREATE VIRTUAL TABLE f USING nobody(body)', 'engine-cannot'],
  ])('is refused with %s', async (_name, sql, code) => {
    await expect(staged(`CREATE TABLE t(x);\n${shellDump(sql, '')}`)).rejects.toMatchObject({ code });
  });

  it('puts back the exact text of a table, and of no other object', async () => {
    const text = (sql: string, name: string) =>
      `UPDATE sqlite_master SET sql=CAST(X'${Buffer.from(sql).toString('hex').toUpperCase()}' AS TEXT) WHERE type='table' AND name='${name}';`;
    const exact = "CREATE TABLE t(x DEFAULT 'a\nb')";
    const copy = await staged(
      `CREATE TABLE t(x DEFAULT 'a b');\n${text(exact, 't')}\nINSERT INTO t VALUES(1);\n`,
    );
    expect([...copy.rows("SELECT sql FROM sqlite_schema WHERE name = 't'")]).toEqual([[exact]]);
    for (const [sql, name] of [
      ['CREATE TABLE other(x)', 't'],
      ['CREATE VIRTUAL TABLE t USING fts5(x)', 't'],
      ['CREATE VIEW t AS SELECT 1', 't'],
    ] as const) {
      const forged = staged(`CREATE TABLE t(x);\n${text(sql, name)}\n`);
      await expect(forged).rejects.toMatchObject({ code: 'forbidden-statement' });
    }
  });

  it('takes a shadow table that is emptied first, and rows of many megabytes', async () => {
    const row = `INSERT INTO t VALUES('${'x'.repeat(700_000)}');\n`;
    const copy = await staged(
      `CREATE TABLE t(x);\nCREATE VIRTUAL TABLE f USING fts4(a);\nDELETE FROM f_segdir;\n${row.repeat(4)}`,
    );
    expect([...copy.rows('SELECT count(*), sum(length(x)) FROM t')]).toEqual([[4n, 2_800_000n]]);
  });

  it('has a longest statement', async () => {
    const staging = await staged('CREATE TABLE t(x);\n');
    const source = inPieces(Buffer.from(`INSERT INTO t VALUES('${'x'.repeat(5000)}');\n`), 100);
    await expect(load(source, staging, { signal, longest: 1000 })).rejects.toMatchObject({
      code: 'over-limit',
      message: expect.stringContaining('line 1 is longer than 1000 bytes'),
    });
  });

  it('reads nan as NULL, and infinity in any case', async () => {
    const copy = await staged("CREATE TABLE t(a, b);\nINSERT INTO t VALUES(NaN,-INFINITY),('nan','Inf');\n");
    expect([...copy.rows('SELECT a, b FROM t')]).toEqual([
      [null, -Infinity],
      ['nan', 'Inf'],
    ]);
  });

  it('stops where it is cancelled', async () => {
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: 'native' });
    const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
    const staging = await engine.openStaging({ path: ':memory:', ...shape });
    const source = inPieces(Buffer.from('CREATE TABLE t(x);\n'), 100);
    const loading = load(source, staging, { signal: AbortSignal.abort() });
    await expect(loading).rejects.toMatchObject({ code: 'cancelled' });
    expect([...staging.rows('SELECT count(*) FROM sqlite_schema')]).toEqual([[0n]]);
  });
});
