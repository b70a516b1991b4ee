import { BackupError } from '../errors.ts';
import type { RowDifference } from './compare.ts';
import type { Connection, SqlValue } from './engine.ts';
import { type ExactValues, exactFields, exactReader } from './exactValues.ts';
import { quoteName } from './names.ts';
import { sameValue } from './order.ts';
import type { ComparedTable } from './pairTables.ts';
import { rowName, runForRow } from './rowProblem.ts';

/**
 * Brings one row of a table to what the other side has: puts it back, takes it away, or sets the columns that differ.
 * @param target a private copy of the side that is changed, without triggers
 * @param source where the row comes from
 * @throws BackupError changed-meanwhile where the row is not what was compared; row-refused
 */
export function applyDifference(
  target: Connection,
  source: Connection,
  table: ComparedTable,
  row: RowDifference,
): void {
  const now = rowIn(target, table, 'before' in row ? row.before : row.after);
  const into = `main.${quoteName(table.name)}`;
  if (row.kind === 'added') {
    if (now && table.key.length > 0) throw moved(table);
    const { columns } = table;
    const { terms, values } = exactValues(source, target, table, row.after, columns);
    const names = columns.map(quoteName).join(', ');
    run(target, table, row.after, `INSERT INTO ${into} (${names}) VALUES (${terms.join(', ')})`, values);
    return;
  }
  if (!now?.every((value, at) => sameValue(value, row.before[at] ?? null))) throw moved(table);
  const where = matching(table, row.before);
  if (row.kind === 'removed') {
    run(target, table, row.before, `DELETE FROM ${into} ${where.sql}`, where.values);
    return;
  }
  const columns = row.changed.map((at) => table.columns[at]!);
  const { terms, values } = exactValues(source, target, table, row.after, columns);
  const set = columns.map((column, at) => `${quoteName(column)} = ${terms[at]}`).join(', ');
  run(target, table, row.before, `UPDATE ${into} SET ${set} ${where.sql}`, [...values, ...where.values]);
}

function rowIn(connection: Connection, table: ComparedTable, row: SqlValue[]): SqlValue[] | undefined {
  const { sql, values } = matching(table, row);
  const columns = table.columns.map(quoteName).join(', ');
  for (const found of connection.rows(
    `SELECT ${columns} FROM main.${quoteName(table.name)} ${sql}`,
    ...values,
  )) {
    return found;
  }
  return undefined;
}

/** The row by its key; without one, the first of those that have the same in them. */
function matching(table: ComparedTable, row: SqlValue[]) {
  const { key, columns, name } = table;
  const by = key.length > 0 ? key : columns;
  const values = by.map((column) => row[columns.indexOf(column)] ?? null);
  const terms = by.map((column) => `${quoteName(column)} COLLATE BINARY IS ?`).join(' AND ');
  if (key.length > 0) return { sql: `WHERE ${terms}`, values };
  const taken = new Set(
    [...table.before.columns, ...table.after.columns].map((column) => column.toLowerCase()),
  );
  const rowid = ['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias));
  if (rowid === undefined) throw notApart(table);
  const first = `SELECT ${rowid} FROM main.${quoteName(name)} WHERE ${terms} LIMIT 1`;
  return { sql: `WHERE ${rowid} = (${first})`, values };
}

/** Columns of the row that has this in it, as they are put into the target. @throws BackupError changed-meanwhile */
export function exactValues(
  source: Connection,
  target: Connection,
  table: ComparedTable,
  row: SqlValue[],
  columns: string[],
): ExactValues {
  const { sql, values } = matching(table, row);
  const [found] = source.rows(
    `SELECT ${exactFields(columns)} FROM main.${quoteName(table.name)} ${sql}`,
    ...values,
  );
  if (!found) throw moved(table);
  return exactReader(source, target)(found);
}

function run(
  target: Connection,
  table: ComparedTable,
  row: SqlValue[],
  sql: string,
  values: SqlValue[],
): void {
  const { name, key, columns } = table;
  runForRow(target, { sql, values }, name, () => rowName(key, columns, row));
}

/** Without a key and without a number, nothing tells two rows of the same content apart. */
function notApart({ name }: ComparedTable): BackupError {
  return new BackupError(
    'engine-cannot',
    `Rows of ${name} cannot be brought back one by one: its columns have all the names that a row's number goes by.`,
    'Nothing was changed. Restore the whole backup instead.',
  );
}

function moved({ name }: ComparedTable): BackupError {
  return new BackupError(
    'changed-meanwhile',
    `Table ${name} is not what it was when it was compared.`,
    'Compare again. Nothing was changed.',
  );
}
