import { BackupError } from '../errors.ts';
import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import { countRows, rowidName, storedOrder } from './tables.ts';

/** A column as the schema has it. */
export interface ColumnInfo {
  name: string;
  /** As declared; an empty text where it is not. */
  type: string;
  /** Position in the primary key from 1 on; 0 where it is no part of it. */
  key: number;
}

export interface TableInfo {
  name: string;
  rows: number;
  columns: ColumnInfo[];
}

/** A value as plain data. Long ones are cut: `bytes` is the length of the whole, in the encoding it is stored in. */
export type Cell =
  | null
  | { type: 'integer' | 'real'; text: string }
  | { type: 'text'; text: string; bytes: number; cut: boolean }
  | { type: 'blob'; hex: string; bytes: number; cut: boolean };

/** Which rows of a table, in which order. Without `orderBy` they come as they are stored. */
export interface RowsQuery {
  table: string;
  orderBy?: { column: string; descending?: boolean };
  /** Rows that have this text in the column, or in any where none is named; letters of ASCII in either case. */
  filter?: { text: string; column?: string };
}

export interface PageQuery extends RowsQuery {
  /** Rows to leave out at the beginning. */
  offset: number;
  /** Rows, at most 1,000. */
  limit: number;
}

export interface Page {
  rows: Cell[][];
  /** Rows that pass the filter. */
  total: number;
}

/** A cell of a page shows so much of a long value. */
const headBytes = 1024;
/** A value by itself is given up to here. */
export const wholeBytes = 4 << 20;
const mostRows = 1000;
/** SQLite takes patterns of 50,000 bytes. */
const longestFilter = 1000;

/** The user's tables with their columns and how many rows they have. */
export function browseTables(connection: Connection, names: readonly string[]): TableInfo[] {
  return names.map((name) => ({
    name,
    rows: countRows(connection, name),
    columns: [...connection.rows('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid', name)].map(
      ([column, type, key]) => ({ name: String(column), type: String(type), key: Number(key) }),
    ),
  }));
}

/**
 * A page of a table's rows as plain data. Names are looked up in the schema and values bound, so nothing that is asked
 * for becomes SQL.
 */
export function readPage(connection: Connection, table: TableInfo, ask: PageQuery): Page {
  const { where, parameters } = filterOf(table, ask);
  const terms = table.columns.flatMap(({ name }) => cellTerms(name, headBytes));
  const limit = Math.min(mostRows, Math.max(0, Math.trunc(ask.limit)));
  const decode = textDecoder(connection);
  const rows = [...rowsOf(connection, table, ask, { terms, limit, offset: ask.offset })].map((values) =>
    table.columns.map((_, at) => toCell(values[at * 2] ?? null, values[at * 2 + 1] ?? null, decode)),
  );
  return { rows, total: where ? countWhere(connection, table, where, parameters) : table.rows };
}

/** One value of the row at a place in the order asked for; null where there is no such row. */
export function readWhole(
  connection: Connection,
  table: TableInfo,
  ask: RowsQuery & { row: number; column: string },
): Cell {
  const terms = cellTerms(columnOf(table, ask.column), wholeBytes);
  for (const [value = null, length = null] of rowsOf(connection, table, ask, {
    terms,
    limit: 1,
    offset: ask.row,
  })) {
    return toCell(value, length, textDecoder(connection));
  }
  return null;
}

function rowsOf(
  connection: Connection,
  table: TableInfo,
  ask: RowsQuery,
  { terms, limit, offset }: { terms: string[]; limit: number; offset: number },
): Iterable<SqlValue[]> {
  const { where, parameters } = filterOf(table, ask);
  const from = `main.${quoteName(table.name)}`;
  const order = orderOf(connection, table, ask);
  const page = [...parameters, BigInt(limit), BigInt(Math.max(0, Math.trunc(offset)))];
  const rowid = ask.orderBy && rowidName(connection, table.name);
  if (rowid === undefined) {
    const sql = `SELECT ${terms.join(', ')} FROM ${from}${where} ${orderBy(order)} LIMIT ? OFFSET ?`;
    return connection.rows(sql, ...page);
  }
  // Numbers of rows are sorted, not rows: a sorter of whole rows would be as large as the table.
  const sql = `WITH dbbackup_page (dbbackup_row) AS
      (SELECT ${rowid} FROM ${from}${where} ${orderBy(order)} LIMIT ? OFFSET ?)
    SELECT ${terms.join(', ')} FROM dbbackup_page CROSS JOIN ${from} AS dbbackup_table
      ON dbbackup_table.${rowid} = dbbackup_row ${orderBy(order.map((term) => `dbbackup_table.${term}`))}`;
  return connection.rows(sql, ...page);
}

/** A value, cut, and what kind of long value it is: bytes of a text, or less than zero for those of a blob. */
function cellTerms(name: string, longest: number): string[] {
  const column = quoteName(name);
  return [
    `CASE WHEN typeof(${column}) IN ('text', 'blob')
      THEN substr(CAST(${column} AS BLOB), 1, ${longest}) ELSE ${column} END`,
    `CASE typeof(${column}) WHEN 'text' THEN length(CAST(${column} AS BLOB))
      WHEN 'blob' THEN -1 - length(${column}) END`,
  ];
}

function toCell(
  value: SqlValue,
  length: SqlValue,
  decode: (bytes: Uint8Array, cut: boolean) => string,
): Cell {
  if (length === null) return cellOf(value);
  // The part of an empty BLOB is NULL to substr().
  const head = (value ?? new Uint8Array()) as Uint8Array;
  const stored = Number(length);
  const bytes = stored < 0 ? -1 - stored : stored;
  const cut = head.length < bytes;
  if (stored < 0) return { type: 'blob', hex: Buffer.from(head).toString('hex'), bytes, cut };
  return { type: 'text', text: decode(head, cut), bytes, cut };
}

/** A value that was read as it is; `longest` bytes of a long one. */
export function cellOf(value: SqlValue, longest = headBytes): Cell {
  if (value === null) return null;
  if (typeof value === 'bigint') return { type: 'integer', text: String(value) };
  if (typeof value === 'number') return { type: 'real', text: realText(value) };
  if (typeof value === 'string') {
    // A character has a byte at least.
    const text = value.length > longest ? value.slice(0, longest) : value;
    return { type: 'text', text, bytes: Buffer.byteLength(value), cut: text !== value };
  }
  const hex = Buffer.from(value.subarray(0, longest)).toString('hex');
  return { type: 'blob', hex, bytes: value.length, cut: value.length > longest };
}

/** A REAL that is a whole number shows that it is none. */
function realText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

/** Text comes as the bytes it is stored in, so that a NUL or broken UTF-8 neither ends nor stops the reading. */
function textDecoder(connection: Connection): (bytes: Uint8Array, cut: boolean) => string {
  const [[encoding] = []] = connection.rows('PRAGMA encoding');
  const label = String(encoding).toLowerCase();
  return (bytes, cut) => new TextDecoder(label, { ignoreBOM: true }).decode(bytes, { stream: cut });
}

function filterOf(table: TableInfo, { filter }: RowsQuery): { where: string; parameters: string[] } {
  if (!filter || filter.text === '') return { where: '', parameters: [] };
  const columns = filter.column === undefined ? table.columns.map(({ name }) => name) : [filter.column];
  const terms = columns.map((name) => {
    const column = quoteName(columnOf(table, name));
    return `(typeof(${column}) <> 'blob' AND ${column} LIKE ? ESCAPE '\\')`;
  });
  const pattern = `%${filter.text.slice(0, longestFilter).replace(/[\\%_]/g, '\\$&')}%`;
  return { where: ` WHERE ${terms.join(' OR ')}`, parameters: terms.map(() => pattern) };
}

/** Equal values keep the order in which they are stored, so that no row is on two pages. */
function orderOf(connection: Connection, table: TableInfo, { orderBy }: RowsQuery): string[] {
  const stored = storedOrder(connection, table.name);
  if (!orderBy) return stored;
  return [`${quoteName(columnOf(table, orderBy.column))}${orderBy.descending ? ' DESC' : ''}`, ...stored];
}

function orderBy(terms: string[]): string {
  return terms.length > 0 ? `ORDER BY ${terms.join(', ')}` : '';
}

function columnOf({ name, columns }: TableInfo, column: string): string {
  const found = columns.find((one) => one.name === column);
  if (found) return found.name;
  throw new BackupError(
    'no-such-column',
    `Table ${name} has no column ${column}.`,
    'Choose one that it has.',
  );
}

function countWhere(connection: Connection, table: TableInfo, where: string, parameters: string[]): number {
  const sql = `SELECT count(*) FROM main.${quoteName(table.name)}${where}`;
  const [row] = connection.rows(sql, ...parameters);
  return Number(row![0]);
}
