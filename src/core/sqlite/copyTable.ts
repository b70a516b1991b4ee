import { BackupError } from '../errors.ts';
import type { Connection } from './engine.ts';
import { exactFields, exactReader } from './exactValues.ts';
import { quoteName } from './names.ts';
import { rowName, runForRow } from './rowProblem.ts';
import { inStoredOrder, type TableFacts } from './tables.ts';

/**
 * Makes a table that another database has, with its indexes and without rows.
 * @returns the statements that make its triggers, for when its rows are there
 * @throws BackupError changed-meanwhile where something of that name is there already
 */
export function makeTable(source: Connection, target: Connection, table: string): string[] {
  const taken = 'SELECT 1 FROM sqlite_master WHERE lower(name) = lower(?)';
  for (const _ of target.rows(taken, table)) throw isThere(table);
  const triggers: string[] = [];
  const sql = `SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL
    ORDER BY type <> 'table', rowid`;
  for (const [type, text] of source.rows(sql, table)) {
    if (type === 'trigger') triggers.push(String(text));
    else target.exec(String(text));
  }
  return triggers;
}

/**
 * Copies rows of a table into an empty one of the same definition, to the byte, rowids and the count of AUTOINCREMENT too.
 * The rows come in the order of {@link inStoredOrder}; `undefined` comes in between, for the caller to let the thread breathe.
 * @param wanted positions in that order; all where left out
 */
export function* copyRows(
  source: Connection,
  target: Connection,
  table: TableFacts,
  wanted?: ReadonlySet<number>,
): Generator<'copied' | undefined> {
  const { name } = table;
  const columns = table.rowid === undefined ? table.columns : [table.rowid, ...table.columns];
  const read = exactReader(source, target);
  const into = `INSERT INTO main.${quoteName(name)} (${columns.map(quoteName).join(', ')}) VALUES`;
  let position = -1;
  for (const row of source.rows(
    `SELECT ${exactFields(columns)} FROM main.${quoteName(name)} ${inStoredOrder(source, name)}`,
  )) {
    position++;
    if (position % 5000 === 4999) yield undefined;
    if (wanted && !wanted.has(position)) continue;
    const { terms, values } = read(row);
    const sql = `${into} (${terms.join(', ')})`;
    runForRow(target, { sql, values }, name, () => rowName(table.key, columns, values));
    yield 'copied';
  }
  copySequence(source, target, name);
}

function copySequence(source: Connection, target: Connection, table: string): void {
  const has = (connection: Connection) =>
    [...connection.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")].length > 0;
  if (!has(source) || !has(target)) return;
  for (const [seq = null] of source.rows('SELECT seq FROM sqlite_sequence WHERE name = ?', table)) {
    for (const _ of target.rows('DELETE FROM sqlite_sequence WHERE name = ?', table));
    for (const _ of target.rows('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', table, seq));
  }
}

function isThere(table: string): BackupError {
  return new BackupError(
    'changed-meanwhile',
    `There is a table or view ${table} already.`,
    'Compare again. Nothing was changed.',
  );
}
