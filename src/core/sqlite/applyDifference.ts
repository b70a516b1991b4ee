import { asError, BackupError } from '../errors.ts';
import type { ComparedTable, RowDifference } from './compare.ts';
import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import { sameValue } from './order.ts';

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
  if (row.kind === 'added') {
    if (now && table.key.length > 0) throw moved(table);
    const { columns } = table;
    const { terms, values } = exactValues(source, target, table, row.after, columns);
    const names = columns.map(quoteName).join(', ');
    run(
      target,
      table,
      `INSERT INTO main.${quoteName(table.name)} (${names}) VALUES (${terms.join(', ')})`,
      values,
    );
    return;
  }
  if (!now?.every((value, at) => sameValue(value, row.before[at] ?? null))) throw moved(table);
  const where = matching(table, row.before);
  if (row.kind === 'removed') {
    run(target, table, `DELETE FROM main.${quoteName(table.name)} ${where.sql}`, where.values);
    return;
  }
  const columns = row.changed.flatMap((at) => table.columns[at] ?? []);
  const { terms, values } = exactValues(source, target, table, row.after, columns);
  const set = columns.map((column, at) => `${quoteName(column)} = ${terms[at]}`).join(', ');
  run(target, table, `UPDATE main.${quoteName(table.name)} SET ${set} ${where.sql}`, [
    ...values,
    ...where.values,
  ]);
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
  const rowid = ['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias)) ?? 'rowid';
  const first = `SELECT ${rowid} FROM main.${quoteName(name)} WHERE ${terms} LIMIT 1`;
  return { sql: `WHERE ${rowid} = (${first})`, values };
}

/** Values to the byte: text that is not UTF-8, or holds a NUL, survives only as a BLOB that is cast. */
function exactValues(
  source: Connection,
  target: Connection,
  table: ComparedTable,
  row: SqlValue[],
  columns: string[],
): { terms: string[]; values: SqlValue[] } {
  const [from, to] = [encodingOf(source), encodingOf(target)];
  const fields = columns.flatMap((column) => {
    const name = quoteName(column);
    return [
      `typeof(${name})`,
      `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
    ];
  });
  const { sql, values } = matching(table, row);
  const [found = []] = source.rows(
    `SELECT ${fields.join(', ')} FROM main.${quoteName(table.name)} ${sql}`,
    ...values,
  );
  if (found.length === 0) throw moved(table);
  const exact = columns.map((_, at) => {
    const [type, value = null] = [found[at * 2], found[at * 2 + 1]];
    if (type !== 'text' || !(value instanceof Uint8Array)) return { term: '?', value };
    if (from === to) return { term: 'CAST(? AS TEXT)', value };
    return { term: '?', value: new TextDecoder(from, { ignoreBOM: true }).decode(value) };
  });
  return { terms: exact.map(({ term }) => term), values: exact.map(({ value }) => value) };
}

function encodingOf(connection: Connection): string {
  const [[encoding] = []] = connection.rows('PRAGMA encoding');
  return String(encoding).toLowerCase();
}

function run(target: Connection, { name }: ComparedTable, sql: string, values: SqlValue[]): void {
  try {
    for (const _ of target.rows(sql, ...values));
  } catch (error) {
    const reason = asError(error).message;
    throw new BackupError(
      'row-refused',
      `A row of ${name} cannot be brought back: ${reason}`,
      'Nothing was changed. Take back the rows that stand in its way as well.',
      { cause: error },
    );
  }
}

function moved({ name }: ComparedTable): BackupError {
  return new BackupError(
    'changed-meanwhile',
    `Table ${name} is not what it was when it was compared.`,
    'Compare again. Nothing was changed.',
  );
}
