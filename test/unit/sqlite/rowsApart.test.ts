import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { applyDifferences } from '../../../src/core/sqlite/applyDifferences.ts';
import { checkIntegrity, foreignKeyProblems, newForeignKeyProblems } from '../../../src/core/sqlite/check.ts';
import { differences } from '../../../src/core/sqlite/compare.ts';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { bringParents, missingParents, nameMissing } from '../../../src/core/sqlite/missingParents.ts';
import { pairTables } from '../../../src/core/sqlite/pairTables.ts';
import { rowName, runForRow, someOf } from '../../../src/core/sqlite/rowProblem.ts';

async function database(sql: string): Promise<Connection> {
  const engine = await chooseEngine({});
  const options = { path: ':memory:', pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
  const connection = await engine.openStaging(options);
  connection.exec(sql);
  return connection;
}

describe('a row is named', () => {
  it.each([
    [['id'], ['id', 'x'], [5n, 'a'], 'id 5'],
    [['b', 'a'], ['a', 'b'], ['PL', null], "b NULL, a 'PL'"],
    [
      [],
      ['a', 'b', 'c', 'd'],
      [1.5, Buffer.alloc(3), 'two\nlines', 4n],
      "a 1.5, b a BLOB of 3 bytes, c 'two lines'",
    ],
    [['x'], ['x'], ['y'.repeat(41)], `x '${'y'.repeat(40)}…'`],
    [['x'], ['x'], ['y'.repeat(40)], `x '${'y'.repeat(40)}'`],
  ])('by %j of %j', (key, columns, row, name) => {
    expect(rowName(key, columns, row)).toBe(name);
  });

  it('and the first few of many', () => {
    const names = ['1', '2', '3', '4', '5', '6'];
    expect(someOf(names.slice(0, 2), 2)).toBe('1; 2');
    expect(someOf(names, 6)).toBe('1; 2; 3; 4; 5 and 1 more');
    expect(someOf(names.slice(0, 3), 9)).toBe('1; 2; 3 and 6 more');
  });

  it('where a constraint is in its way, and other errors pass', async () => {
    const target = await database('CREATE TABLE t(x NOT NULL)');
    const insert = (sql: string) => runForRow(target, { sql, values: [] }, 't', () => 'x 1');
    expect(() => insert('INSERT INTO t VALUES (NULL)')).toThrow(
      expect.objectContaining({
        code: 'row-refused',
        message: expect.stringContaining('The row of t with x 1'),
      }),
    );
    const busy = {
      rows: () => {
        throw new BackupError('busy', 'no');
      },
    } as unknown as Connection;
    expect(() => runForRow(busy, { sql: '', values: [] }, 't', () => 'x 1')).toThrow(
      expect.objectContaining({ code: 'busy' }),
    );
    const odd = {
      rows: () => {
        throw 'a word';
      },
    } as unknown as Connection;
    expect(() => runForRow(odd, { sql: '', values: [] }, 't', () => 'x 1')).toThrow(/a word/);
  });
});

describe('rows whose columns have all the names of a row’s number', () => {
  const schema = 'CREATE TABLE t(rowid, _rowid_, oid, x)';
  const apply = (target: Connection, after: Connection, before: Connection) => {
    const [table] = pairTables(before, after);
    if (!table) throw new Error('no pair');
    expect([...differences(before, after, table)].length).toBeGreaterThan(0);
    return [...applyDifferences({ target, before, after }, table)];
  };

  it('are not taken for one another: nothing is brought back', async () => {
    const rows = "INSERT INTO t VALUES (1, 1, 1, 'a'), (1, 2, 2, 'b')";
    const [target, before, after] = [
      await database(`${schema}; ${rows}`),
      await database(`${schema}; ${rows}`),
      await database(`${schema}; INSERT INTO t VALUES (1, 2, 2, 'b')`),
    ];
    expect(() => apply(target, after, before)).toThrow(
      expect.objectContaining({
        code: 'engine-cannot',
        message: expect.stringContaining('Rows of t cannot'),
      }),
    );
    expect([...target.rows('SELECT x FROM t ORDER BY x')].flat()).toEqual(['a', 'b']);
  });
});

describe('the check of a database', () => {
  const saying = (...lines: unknown[]) =>
    ({
      *rows() {
        for (const line of lines) {
          if (line instanceof Error) throw line;
          yield [line];
        }
      },
    }) as unknown as Connection;

  it('is content with ok alone', () => {
    checkIntegrity(saying('ok'), 'full');
    for (const lines of [['row 1 missing from index x'], ['ok', 'row 1'], [], [new Error('malformed')]])
      expect(() => checkIntegrity(saying(...lines), 'quick')).toThrow(
        expect.objectContaining({ code: 'damaged' }),
      );
    expect(() =>
      checkIntegrity(saying('row 1', new BackupError('database-corrupt', 'is malformed')), 'quick'),
    ).toThrow(/row 1; is malformed/);
    expect(() => checkIntegrity(saying(new BackupError('busy', 'no')), 'full')).toThrow(
      expect.objectContaining({ code: 'busy' }),
    );
  });

  it('tells rows whose parents are missing beyond those that were', async () => {
    const tables =
      'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p); CREATE TABLE d(p REFERENCES p)';
    const before = foreignKeyProblems(await database(`${tables}; INSERT INTO c VALUES (1)`));
    const now = await database(`${tables}; INSERT INTO c VALUES (1), (2); INSERT INTO d VALUES (3)`);
    expect(newForeignKeyProblems(now, before)).toEqual([
      { table: 'c', parent: 'p', rows: 1 },
      { table: 'd', parent: 'p', rows: 1 },
    ]);
    expect(newForeignKeyProblems(now, foreignKeyProblems(now))).toEqual([]);
  });
});

describe('rows that are missing', () => {
  const tables = `CREATE TABLE p(id INTEGER PRIMARY KEY, code UNIQUE);
    CREATE TABLE keyed(name TEXT PRIMARY KEY, p REFERENCES P) WITHOUT ROWID;
    CREATE TABLE numbered(p REFERENCES p(id));
    CREATE TABLE unnumbered(rowid, _rowid_, oid, p REFERENCES p(code));
    CREATE TABLE other(q REFERENCES p(code))`;

  it('are named, with those that refer to them, each once', async () => {
    const before = await database(`${tables}; INSERT INTO numbered VALUES (9)`);
    const now = await database(`${tables}; INSERT INTO numbered VALUES (9), (8), (8);
      INSERT INTO keyed VALUES ('a', 7), ('b', 7); INSERT INTO unnumbered VALUES (1, 2, 3, x'00ff')`);
    const named = (table: string, rows: number) => nameMissing(now, before, { table, parent: 'p', rows });
    expect(named('numbered', 2)).toEqual({ children: ' (rowid 2; rowid 3)', parents: ' (id 8)' });
    expect(named('keyed', 2)).toEqual({ children: " (name 'a'; name 'b')", parents: ' (id 7)' });
    expect(named('unnumbered', 1)).toEqual({
      children: ' (rowid 1, _rowid_ 2, oid 3)',
      parents: ' (code a BLOB of 2 bytes)',
    });
    expect(named('other', 0)).toEqual({ children: '', parents: '' });
  });

  it('are named up to five, and counted', async () => {
    const before = await database(tables);
    const values = Array.from({ length: 7 }, (_, at) => `(${at + 1})`).join(', ');
    const now = await database(`${tables}; INSERT INTO numbered VALUES ${values}`);
    const { children, parents } = nameMissing(now, before, { table: 'numbered', parent: 'p', rows: 7 });
    expect(children).toBe(' (rowid 1; rowid 2; rowid 3; rowid 4; rowid 5 and 2 more)');
    expect(parents).toBe(' (id 1; id 2; id 3; id 4; id 5 and 2 more)');
  });

  it('of a parent that is no table, or by a key that fits none, are left to the check', async () => {
    const connection =
      await database(`CREATE TABLE c(p REFERENCES gone, a, b, FOREIGN KEY (a, b) REFERENCES d);
      CREATE TABLE d(id INTEGER PRIMARY KEY); INSERT INTO c VALUES (1, 2, 3)`);
    expect(missingParents(connection).size).toBe(0);
  });

  it('come by what they are referred to by, whatever number they have here', async () => {
    const schema =
      'CREATE TABLE p(code UNIQUE, name); CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(code))';
    const source = await database(
      `${schema}; INSERT INTO p VALUES ('x', 'one'), ('y', 'two'); INSERT INTO c VALUES (1, 'y')`,
    );
    const target = await database(`${schema}; INSERT INTO p VALUES ('z', 'three'), ('w', 'four')`);
    const known = missingParents(target);
    target.exec("INSERT INTO c VALUES (1, 'y')");
    expect(Object.fromEntries(bringParents(target, source, pairTables(target, source), known))).toEqual({
      p: 1,
    });
    expect([...target.rows('SELECT code, name FROM p ORDER BY rowid')]).toEqual([
      ['z', 'three'],
      ['w', 'four'],
      ['y', 'two'],
    ]);
  });
});
