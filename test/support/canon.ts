import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** The digest of a database's content, as the fixtures' own script defines it: equal digests, equal databases. */
export interface Digest {
  tables: Record<string, { rows: number; columns: string[]; sha256: string }>;
  schema: (string | null)[][];
  sequence: Record<string, number>;
  integrity_check: string;
  foreign_key_check: number;
}

type Row = (null | bigint | number | Uint8Array)[];

/**
 * Tables by name; rows in rowid order (WITHOUT ROWID: by all columns), each value as one JSON token by its storage class,
 * hashed; the schema with blanks folded; sqlite_sequence; both checks.
 */
export function digestOf(path: string): Digest {
  const database = new DatabaseSync(path, { readOnly: true, enableDoubleQuotedStringLiterals: true });
  try {
    const objects = database
      .prepare('SELECT type, name, tbl_name, sql FROM sqlite_master')
      .all() as unknown as SchemaRow[];
    return {
      tables: digestTables(database, objects),
      schema: objects
        .filter(({ name }) => !name.startsWith('sqlite_'))
        .map(({ type, name, tbl_name, sql }) => [type, name, tbl_name, normalized(sql)])
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      sequence: sequenceOf(database),
      integrity_check: String(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {})[0]),
      foreign_key_check: database.prepare('PRAGMA foreign_key_check').all().length,
    };
  } finally {
    database.close();
  }
}

interface SchemaRow {
  type: string;
  name: string;
  tbl_name: string;
  sql: string | null;
}

function digestTables(database: DatabaseSync, objects: SchemaRow[]): Digest['tables'] {
  const virtual = objects.filter(({ type, sql }) => type === 'table' && /^CREATE VIRTUAL/i.test(sql ?? ''));
  const tables = objects
    .filter(({ type, name }) => type === 'table' && !name.startsWith('sqlite_'))
    .filter(({ name }) => !virtual.some((table) => name.startsWith(`${table.name}_`)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(tables.map((table) => [table.name, digestTable(database, table)]));
}

function digestTable(database: DatabaseSync, { name, sql }: SchemaRow) {
  const columns = database
    .prepare('SELECT name FROM pragma_table_info(?) ORDER BY cid')
    .all(name)
    .map((row) => String(row.name));
  const quoted = columns.map(quote);
  const order = /WITHOUT\s+ROWID/i.test(sql ?? '') ? quoted.join(',') : 'rowid';
  const values = quoted.map(
    (c) => `typeof(${c}), CASE typeof(${c}) WHEN 'text' THEN CAST(${c} AS BLOB) ELSE ${c} END`,
  );
  const statement = database.prepare(`SELECT ${values.join(',')} FROM ${quote(name)} ORDER BY ${order}`);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const hash = createHash('sha256');
  let rows = 0;
  for (const row of statement.iterate() as unknown as Iterable<Row>) {
    hash.update(
      `${JSON.stringify(columns.map((_, at) => token(row[2 * at] as unknown as string, row[2 * at + 1])))}\n`,
    );
    rows++;
  }
  return { rows, columns, sha256: hash.digest('hex') };
}

function token(type: string, value: Row[number] | undefined): string[] | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return [type === 'text' ? 't' : 'b', Buffer.from(value).toString('hex')];
  if (typeof value === 'bigint') return ['i', String(value)];
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return ['r', bytes.toString('hex')];
}

function sequenceOf(database: DatabaseSync): Record<string, number> {
  try {
    const rows = database.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY name').all();
    return Object.fromEntries(rows.map(({ name, seq }) => [String(name), Number(seq)]));
  } catch {
    return {};
  }
}

function normalized(sql: string | null): string | null {
  return (
    sql
      ?.replace(/\s+/g, ' ')
      .replace(/\(\s*/g, '(')
      .replace(/\s*\)/g, ')')
      .replaceAll('IF NOT EXISTS ', '')
      .trim() ?? null
  );
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
