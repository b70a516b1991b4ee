import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dump } from '../../../src/core/sqlite/dump.ts';
import type { Connection, DatabaseShape, SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { load } from '../../../src/core/sqlite/load.ts';
import { quoteName } from '../../../src/core/sqlite/names.ts';
import { NativeConnection } from '../../../src/core/sqlite/nativeConnection.ts';
import { gather, inPieces } from '../../support/bytes.ts';

const { signal } = new AbortController();

const name = fc.oneof(
  fc.constantFrom(
    'note',
    'select',
    'rowid',
    'a b',
    'q"uote',
    "apo's",
    'ünï',
    'semi;colon',
    'x--y',
    '1st',
    'values',
  ),
  fc
    .string({ minLength: 1, maxLength: 6, unit: 'grapheme' })
    .filter((text) => !['\u0000', '\n', '\r'].some((c) => text.includes(c)) && !/^sqlite_/i.test(text)),
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r\n',
        ';',
        "'",
        '"',
        '--',
        '/*',
        '\u0000',
        '\\n',
        'char(10)',
        'INSERT',
        ');',
        '\ufffd',
        'é',
        '🦄',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);
const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 0.1, 1e300),
  text,
  fc.uint8Array({ maxLength: 12 }),
);

interface TableModel {
  name: string;
  columns: { name: string; type: string }[];
  kind: 'rowid' | 'integer key' | 'autoincrement' | 'without rowid' | 'strict';
  rows: SqlValue[][];
  index: boolean;
}

const uniqueNames = (min: number, max: number) =>
  fc.uniqueArray(name, {
    minLength: min,
    maxLength: max,
    selector: (text) => text.toLowerCase().normalize(),
  });

const table = (tableName: string): fc.Arbitrary<TableModel> =>
  fc
    .record({
      names: uniqueNames(1, 4),
      types: fc.array(fc.constantFrom('', 'TEXT', 'INTEGER', 'REAL', 'BLOB', 'decimal', 'varchar(20)'), {
        minLength: 4,
        maxLength: 4,
      }),
      kind: fc.constantFrom(
        'rowid',
        'integer key',
        'autoincrement',
        'without rowid',
        'strict',
      ) as fc.Arbitrary<TableModel['kind']>,
      rows: fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { maxLength: 8 }),
      // More rows than are read together at first.
      copies: fc.constantFrom(1, 1, 1, 30),
      index: fc.boolean(),
    })
    .map(({ names, types, kind, rows, copies, index }) => ({
      name: tableName,
      columns: names.map((column, at) => ({
        name: column,
        type: kind === 'strict' ? 'ANY' : (types[at] ?? ''),
      })),
      kind,
      rows: Array.from({ length: copies }, () => rows).flat(),
      index,
    }));

const encoding = fc.constantFrom<DatabaseShape['encoding']>('UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be');
const database = uniqueNames(1, 3).chain((names) => fc.tuple(...names.map(table)));

function build(tables: TableModel[], encoded: string): DatabaseSync {
  const made = new DatabaseSync(':memory:');
  made.exec(`PRAGMA encoding = '${encoded}'`);
  made.exec('PRAGMA user_version = 7; PRAGMA application_id = 77');
  for (const { name: tableName, columns, kind, rows, index } of tables) {
    const free =
      ['id', 'pk', 'k'].find((key) => !columns.some((column) => column.name.toLowerCase() === key)) ?? 'zz';
    const key = {
      rowid: [],
      strict: [],
      'integer key': [`${free} INTEGER PRIMARY KEY`],
      autoincrement: [`${free} INTEGER PRIMARY KEY AUTOINCREMENT`],
      'without rowid': [`${free} INTEGER NOT NULL PRIMARY KEY`],
    }[kind];
    const list = [...key, ...columns.map((column) => `${quoteName(column.name)} ${column.type}`)];
    const ending = kind === 'without rowid' ? ' WITHOUT ROWID' : kind === 'strict' ? ' STRICT' : '';
    made.exec(
      `CREATE TABLE ${quoteName(tableName)}(${list.join(",\n -- a comment, with a ' quote\n ")})${ending}`,
    );
    if (index)
      made.exec(
        `CREATE INDEX ${quoteName(`i ${tableName}`)} ON ${quoteName(tableName)}(${quoteName(columns[0]!.name)})`,
      );
    const names = columns.map((column) => quoteName(column.name));
    const keyed = kind === 'without rowid' ? [free, ...names] : names;
    const insert = made.prepare(
      `INSERT INTO ${quoteName(tableName)}(${keyed.join(',')}) VALUES(${keyed.map(() => '?').join(',')})`,
    );
    rows.forEach((row, at) => {
      const values = row.slice(0, columns.length);
      insert.run(...(kind === 'without rowid' ? [BigInt(at), ...values] : values));
    });
    // A gap in the rowids, which a careless restore closes.
    if (kind !== 'without rowid' && kind !== 'strict' && rows.length > 2)
      made.exec(
        `DELETE FROM ${quoteName(tableName)} WHERE ${kind === 'rowid' ? rowidName(columns) : free} = 2`,
      );
  }
  return made;
}

function rowidName(columns: { name: string }[]): string {
  return (
    ['rowid', '_rowid_', 'oid'].find(
      (alias) => !columns.some((column) => column.name.toLowerCase() === alias),
    ) ?? 'rowid'
  );
}

/** What is stored, seen without the dump's own eyes: each value's storage class and its very bytes. */
function stored(connection: Connection, { name: tableName, columns, kind }: TableModel): unknown[] {
  const parts = columns.map(({ name: column }) => {
    const quoted = quoteName(column);
    return `typeof(${quoted}), CASE typeof(${quoted}) WHEN 'text' THEN CAST(${quoted} AS BLOB) ELSE ${quoted} END`;
  });
  const rowid = kind === 'without rowid' ? '0' : rowidName(columns);
  return [
    ...connection.rows(`SELECT ${[rowid, ...parts].join(', ')} FROM ${quoteName(tableName)} ORDER BY 1`),
  ];
}

async function textOf(connection: Connection): Promise<string> {
  return (await gather(dump(connection, { signal, record: {} }))).toString();
}

describe('a dump', () => {
  it.each(['native', 'wasm'])(
    'loaded and dumped again is the same to the letter, by way of any encoding, loaded by %s',
    async (engineName) => {
      const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engineName });
      await fc.assert(
        fc.asyncProperty(database, encoding, encoding, fc.nat(299), async (tables, from, to, piece) => {
          const source = new NativeConnection(build(tables, from), 'source');
          const text = await textOf(source);
          const loaded = async (sql: string, encoding: DatabaseShape['encoding']) => {
            const shape = { pageSize: 4096, encoding, autoVacuum: 0 };
            const staging = await engine.openStaging({ path: ':memory:', ...shape });
            await load(inPieces(Buffer.from(sql), piece + 1), staging, { signal });
            return staging;
          };
          const there = await loaded(text, to);
          const back = await loaded(await textOf(there), from);
          expect(await textOf(back)).toBe(text);
          for (const model of tables) expect(stored(back, model)).toEqual(stored(source, model));
          // One statement a line: what every django-dbbackup splits by.
          expect(text.split('\n').filter((line) => !/^(--|[A-Z]).*;?$/s.test(line) && line !== '')).toEqual(
            [],
          );
          for (const connection of [source, there, back]) connection.close();
        }),
      );
    },
    120_000,
  );

  const encodings = ['UTF-8', 'UTF-16le', 'UTF-16be'] as const;
  const encoding = fc.constantFrom(...encodings);
  it.each(['native', 'wasm'])(
    'says the same in databases of every encoding, loaded by %s',
    async (engineName) => {
      const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engineName });
      const open = (as: (typeof encodings)[number]) =>
        engine.openStaging({ path: ':memory:', pageSize: 4096, encoding: as, autoVacuum: 0 });
      const texts = (connection: Connection, as: string) =>
        [...connection.rows('SELECT CAST(x AS BLOB) FROM t ORDER BY rowid')].map(([bytes]) =>
          new TextDecoder(as, { ignoreBOM: true }).decode((bytes ?? new Uint8Array()) as Uint8Array),
        );
      await fc.assert(
        fc.asyncProperty(fc.array(text, { maxLength: 4 }), encoding, encoding, async (all, from, to) => {
          const [source, target] = [await open(from), await open(to)];
          source.exec('CREATE TABLE t (x TEXT)');
          for (const one of all) {
            const bytes = Buffer.from(one, from === 'UTF-8' ? 'utf8' : 'utf16le');
            const stored = from === 'UTF-16be' ? bytes.swap16() : bytes;
            for (const _ of source.rows('INSERT INTO t VALUES (CAST(? AS TEXT))', stored));
          }
          await load(inPieces(Buffer.from(await textOf(source)), 50), target, { signal });
          expect(texts(target, to)).toEqual(all);
          source.close();
          target.close();
        }),
      );
    },
    120_000,
  );
});
