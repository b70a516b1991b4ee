import { asError, BackupError } from '../errors.ts';
import type { Connection, SqlValue } from './engine.ts';

const longest = 40;
/** Rows that a message names. */
export const mostNamed = 5;

/**
 * A row by what tells it apart, as `id 5` or `country 'PL', name 'x'`; by what is in it where nothing does.
 * @param columns their names, in the order of the row's values
 */
export function rowName(key: readonly string[], columns: readonly string[], row: SqlValue[]): string {
  const by = key.length > 0 ? key : columns.slice(0, 3);
  return by.map((column) => `${column} ${shownValue(row[columns.indexOf(column)]!)}`).join(', ');
}

function shownValue(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `a BLOB of ${value.length} bytes`;
  if (typeof value !== 'string') return String(value);
  const text = value.length > longest ? `${value.slice(0, longest)}…` : value;
  return `'${text.replace(/\p{Cc}/gu, ' ')}'`;
}

/** The first few of some names, and how many more there are: `id 1; id 2 and 7 more`. */
export function someOf(names: readonly string[], all: number): string {
  const more = all - Math.min(names.length, mostNamed);
  return names.slice(0, mostNamed).join('; ') + (more > 0 ? ` and ${more} more` : '');
}

/**
 * Runs a statement that changes one row.
 * @param name names the row, as {@link rowName} does
 * @throws BackupError row-refused with the row's name where a constraint is in the way
 */
export function runForRow(
  target: Connection,
  { sql, values }: { sql: string; values: SqlValue[] },
  table: string,
  name: () => string,
): void {
  try {
    for (const _ of target.rows(sql, ...values));
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const reason = asError(error).message;
    throw new BackupError(
      'row-refused',
      `The row of ${table} with ${name()} cannot be brought back: ${reason}.`,
      'Nothing was changed. Take back the rows that stand in its way as well.',
      { cause: error },
    );
  }
}
