import { hasCode } from '../files/fileProblem.ts';
import type { Connection, SqlValue } from './engine.ts';
import { quoteReal, quoteTextBytes } from './literals.ts';
import { quoteName } from './names.ts';
import { tooLongForText } from './sqliteProblem.ts';
import { type TextEncoding, textEncoding, toUtf8 } from './textEncoding.ts';

/** Rows as they stand behind VALUES in one INSERT: `(v1,v2),(v3,v4)`, UTF-8, without a line break or a NUL. */
export interface RowBatch {
  rows: number;
  values: Uint8Array;
}

/** What rows to read. */
export interface RowSource {
  table: string;
  columns: readonly string[];
  /** A name by which the table's rowid is reached; undefined where it has none, or every name is a column's. */
  rowid?: string | undefined;
  /** A column to order by where there is no rowid; the table's own order where left out. */
  order?: string;
}

/** A statement holds at most so many rows and about so many bytes: what every django-dbbackup reads at speed. */
export const mostRows = 200;
export const mostBytes = 64 * 1024;

/** Rows written value by value: any bytes at all, in a database of any encoding. */
export function* exactBatches(
  connection: Connection,
  { table, columns, rowid, order = rowid }: RowSource,
  where: string,
  ...parameters: SqlValue[]
): Generator<RowBatch> {
  const encoding = textEncoding(connection);
  const names = columns.map(quoteName);
  const parts = names.map(
    (name) => `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  );
  const ordered = order === undefined ? '' : ` ORDER BY ${quoteName(order)}`;
  const sql = `SELECT ${parts.join(', ')} FROM main.${quoteName(table)} ${where}${ordered}`;
  let batch: string[] = [];
  let size = 0;
  const taken = () => {
    const values = Buffer.from(batch.join(','));
    const rows = batch.length;
    batch = [];
    size = 0;
    return { rows, values };
  };
  for (const values of connection.rows(sql, ...parameters)) {
    const row = rowText(table, values, encoding);
    if (batch.length === mostRows || (batch.length > 0 && size + row.length > mostBytes)) yield taken();
    batch.push(row);
    size += row.length;
  }
  if (batch.length > 0) yield taken();
}

/** @param values each with its storage class before it */
function rowText(table: string, values: SqlValue[], encoding: TextEncoding): string {
  try {
    const literals = [];
    for (let at = 0; at < values.length; at += 2)
      literals.push(literal(values[at] as string, values[at + 1] as SqlValue, encoding));
    return `(${literals.join(',')})`;
  } catch (error) {
    if (error instanceof RangeError || hasCode(error, 'ERR_STRING_TOO_LONG'))
      throw tooLongForText(table, error);
    throw error;
  }
}

/** A dump is UTF-8, and so are the bytes in it that stand for text. */
function literal(type: string, value: SqlValue, encoding: TextEncoding): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return type === 'text'
      ? quoteTextBytes(toUtf8(encoding, bytes))
      : `X'${bytes.toString('hex').toUpperCase()}'`;
  }
  return typeof value === 'number' ? quoteReal(value) : String(value);
}
