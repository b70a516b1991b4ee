import { isUtf8 } from 'node:buffer';
import { release } from '../files/release.ts';
import type { Connection, SqlValue } from './engine.ts';
import { exactBatches, mostBytes, mostRows, type RowBatch, type RowSource } from './exactRows.ts';
import { quoteReal, quoteText } from './literals.ts';
import { quoteName } from './names.ts';
import { textEncoding } from './textEncoding.ts';

/** Rows of the first batch of a table, before anything is known of their size. */
const firstRows = 16;
/** Bytes of a row that is read together with others. A batch of larger ones could outgrow SQLite's longest value. */
const mostTogether = 16 * 1024;
/** More operands in one expression than this and SQLite calls it too deep (https://sqlite.org/limits.html). */
const mostConcatenated = 150;

/** Makes the functions that {@link rowBatches} uses. Once per connection. */
export function defineRowFunctions(connection: Connection): void {
  connection.define('dbbackup_real', (value) => quoteReal(Number(value)));
}

/**
 * The rows of a table as they stand in INSERTs, exact to the byte. SQLite quotes and joins the rows itself where that is
 * exact, which is several times faster than handing each value over; others are written value by value.
 * The bytes of a batch are good until the next one is asked for.
 */
export function* rowBatches(connection: Connection, source: RowSource): Generator<RowBatch> {
  const { rowid, columns } = source;
  if (rowid === undefined || columns.length > mostConcatenated || textEncoding(connection) !== 'utf8')
    yield* exactBatches(connection, source, '');
  else yield* quickBatches(connection, source, quoteName(rowid));
}

function* quickBatches(connection: Connection, source: RowSource, rowid: string): Generator<RowBatch> {
  let limit = firstRows;
  let after: bigint | undefined;
  for (;;) {
    const start: SqlValue[] = after === undefined ? [] : [after];
    const where = after === undefined ? '' : ` WHERE ${rowid} > ?`;
    const sql = batchQuery(source, rowid, where);
    const [[values, rows, together, last] = []] = connection.rows(sql, ...start, BigInt(limit));
    if (rows === 0n) return;
    const bytes = inBuffer((values ?? new Uint8Array()) as Uint8Array);
    if (rows !== together || !isPlain(bytes)) {
      const range = `WHERE ${rowid} ${after === undefined ? '>=' : '>'} ? AND ${rowid} <= ?`;
      yield* exactBatches(connection, source, range, after ?? leastRowid, last as bigint);
    } else {
      yield { rows: Number(rows), values: onOneLine(bytes) };
    }
    after = last as bigint;
    limit = nextLimit(Number(rows), bytes.length);
    release(bytes);
  }
}

const leastRowid = -(2n ** 63n);

/** One row of answers: the values, how many rows there are, how many of them are in the values, the last one's rowid. */
function batchQuery({ table, columns }: RowSource, rowid: string, where: string): string {
  const names = columns.map(quoteName);
  const size = names.map((name) => `ifnull(octet_length(${name}),0)`).join('+');
  const row = `CASE WHEN ${size} <= ${mostTogether} THEN '('||${names.map(quoteExpression).join("||','||")}||')' END`;
  return `SELECT CAST(group_concat(v, ',') AS BLOB), count(*), count(v), max(r) FROM (
    SELECT ${row} AS v, ${rowid} AS r FROM main.${quoteName(table)}${where} ORDER BY ${rowid} LIMIT ?)`;
}

/** quote() stops at a NUL, which replace() carries on, and writes reals in a way that not every version reads back. */
function quoteExpression(column: string): string {
  const text = `''''||replace(${column},'''','''''')||''''`;
  return `CASE typeof(${column}) WHEN 'text' THEN ${text} WHEN 'real' THEN dbbackup_real(${column}) ELSE quote(${column}) END`;
}

/** The same memory: a Buffer looks for a byte several times as fast. */
function inBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Whether text can stand in SQL as it is. */
function isPlain(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

/** So many rows as fill a statement, by the size of those before. */
function nextLimit(rows: number, bytes: number): number {
  const fitting = Math.floor((mostBytes * rows) / Math.max(1, bytes));
  return Math.min(mostRows, Math.max(1, fitting));
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Line breaks stand only within text literals: nothing else in a row can hold one. */
function onOneLine(values: Buffer): Uint8Array {
  if (!values.includes(lineFeed) && !values.includes(carriageReturn)) return values;
  // Read as latin1, every byte is one character, and what is looked for is ASCII.
  const lines = values
    .toString('latin1')
    .replace(/'(?:[^']|'')*'/g, (literal) =>
      literal.includes('\n') || literal.includes('\r')
        ? quoteText(literal.slice(1, -1).replaceAll("''", "'"))
        : literal,
    );
  return Buffer.from(lines, 'latin1');
}
