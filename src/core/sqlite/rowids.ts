import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import { countRows, type TableFacts } from './tables.ts';

/** Rows that are looked at in each of some places, from the first to the last. */
const sampled = 32;
const places = 8;
/** Rows that may be gone through in the search for those that are somewhere else. */
const mostSearched = 2_000_000;

/**
 * The rowid's name where it tells the rows of a table without a key apart on both sides, undefined where it does not: a
 * dump that has no rowids in it numbers the rows anew, and what was one row is then found under another number.
 */
export function commonRowid(
  before: Connection,
  after: Connection,
  table: { name: string; columns: string[]; before: TableFacts; after: TableFacts },
): string | undefined {
  const { rowid } = table.before;
  if (rowid === undefined || rowid !== table.after.rowid) return undefined;
  let searches = Math.max(1, Math.floor(mostSearched / Math.max(1, countRows(after, table.name))));
  for (const [number = null, ...row] of sampleOf(before, rowid, table)) {
    if (hasRow(after, table, row, `AND ${rowid} IS ?`, number)) continue;
    if (searches-- === 0) break;
    if (hasRow(after, table, row, '')) return undefined;
  }
  return rowid;
}

function* sampleOf(
  side: Connection,
  rowid: string,
  { name, columns }: { name: string; columns: string[] },
): Generator<SqlValue[]> {
  const from = `FROM main.${quoteName(name)}`;
  const [[first, last] = []] = side.rows(`SELECT min(${rowid}), max(${rowid}) ${from}`);
  if (typeof first !== 'bigint' || typeof last !== 'bigint') return;
  let next = first;
  for (let place = 0; place < places; place++) {
    const start = first + ((last - first) * BigInt(place)) / BigInt(places);
    if (start > next) next = start;
    const sql = `SELECT ${[rowid, ...columns.map(quoteName)].join(', ')} ${from}
      WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT ${sampled}`;
    for (const row of side.rows(sql, next)) {
      yield row;
      next = (row[0] as bigint) + 1n;
    }
  }
}

function hasRow(
  side: Connection,
  { name, columns }: { name: string; columns: string[] },
  row: SqlValue[],
  more: string,
  ...values: SqlValue[]
): boolean {
  const terms = columns.map(
    (column) => `${quoteName(column)} COLLATE BINARY IS ? AND typeof(${quoteName(column)}) IS ?`,
  );
  const bound = row.flatMap((value) => [value, typeOf(value)]);
  const sql = `SELECT 1 FROM main.${quoteName(name)} WHERE ${terms.join(' AND ')} ${more} LIMIT 1`;
  return [...side.rows(sql, ...bound, ...values)].length > 0;
}

function typeOf(value: SqlValue): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return 'real';
  return typeof value === 'string' ? 'text' : 'blob';
}
