import { BackupError } from '../errors.ts';
import { applyDifference } from './applyDifference.ts';
import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import type { ComparedTable } from './pairTables.ts';
import { mostNamed, rowName, someOf } from './rowProblem.ts';
import { listTables } from './tables.ts';

/** A foreign key, as https://sqlite.org/pragma.html#pragma_foreign_key_list gives it, its parent's columns named. */
interface ForeignKey {
  child: string;
  parent: string;
  from: string[];
  to: string[];
}

/** Rows that are referred to and not there: for each foreign key their values, as JSON. */
export type MissingParents = Map<string, { key: ForeignKey; values: Map<string, SqlValue[]> }>;

/** What rows of a database refer to and do not find, each once. */
export function missingParents(connection: Connection): MissingParents {
  const missing: MissingParents = new Map();
  for (const { name } of listTables(connection)) {
    for (const key of foreignKeysOf(connection, name)) {
      const values = new Map(missingOf(connection, key).map((row) => [textOf(row), row]));
      if (values.size > 0) missing.set(JSON.stringify(key), { key, values });
    }
  }
  return missing;
}

/**
 * Puts the rows back that are missing, and then those that these refer to, until nothing more is found.
 * @param source where they are; what it has not stays missing
 * @param known what was missing one before and is left so
 * @returns how many rows came, by table
 * @throws BackupError row-refused where other content stands in a row's place
 */
export function bringParents(
  target: Connection,
  source: Connection,
  tables: ComparedTable[],
  known: MissingParents,
): Map<string, number> {
  const brought = new Map<string, number>();
  const tried = new Set<string>();
  for (let found = true; found; ) {
    found = false;
    for (const [id, { key, values }] of missingParents(target)) {
      const table = tables.find(({ name }) => name.toLowerCase() === key.parent.toLowerCase());
      for (const [text, row] of values) {
        if (known.get(id)?.values.has(text) || tried.has(id + text)) continue;
        tried.add(id + text);
        if (!table || !bringRow(target, source, table, key, row)) continue;
        brought.set(table.name, (brought.get(table.name) ?? 0) + 1);
        found = true;
      }
    }
  }
  return brought;
}

/**
 * Names what {@link newForeignKeyProblems} counted: some of the rows that refer, and some of those that they refer to.
 * @param before the same database as it was, whose own missing rows are no news
 * @returns the names in brackets, each with a blank before it; empty where there is none to tell
 */
export function nameMissing(
  connection: Connection,
  before: Connection,
  { table, parent, rows }: { table: string; parent: string; rows: number },
): { children: string; parents: string } {
  const known = missingParents(before);
  const children: string[] = [];
  const parents: string[] = [];
  for (const [id, { key, values }] of missingParents(connection)) {
    if (key.child !== table || key.parent.toLowerCase() !== parent.toLowerCase()) continue;
    for (const [text, row] of values) {
      if (known.get(id)?.values.has(text)) continue;
      parents.push(rowName(key.to, key.to, row));
      if (children.length < mostNamed) children.push(...childrenOf(connection, key, row));
    }
  }
  return { children: inBrackets(children, rows), parents: inBrackets(parents, parents.length) };
}

function inBrackets(names: string[], all: number): string {
  return names.length > 0 ? ` (${someOf(names, all)})` : '';
}

function childrenOf(connection: Connection, { child, from }: ForeignKey, values: SqlValue[]): string[] {
  const facts = listTables(connection).find(({ name }) => name === child)!;
  const by = facts.key.length > 0 ? facts.key : facts.rowid === undefined ? facts.columns : [facts.rowid];
  const where = from.map((column) => `${quoteName(column)} = ?`).join(' AND ');
  const sql = `SELECT ${by.map(quoteName).join(', ')} FROM main.${quoteName(child)} WHERE ${where} LIMIT ?`;
  const found = connection.rows(sql, ...values, BigInt(mostNamed));
  return [...found].map((row) => rowName(facts.key, by, row));
}

function bringRow(
  target: Connection,
  source: Connection,
  compared: ComparedTable,
  { to }: ForeignKey,
  values: SqlValue[],
): boolean {
  // What it is referred to by is in its columns: its number may be another one here.
  const byNumber = compared.key.length === 1 && compared.key[0] === compared.before.rowid;
  const table = byNumber ? { ...compared, key: [], columns: compared.columns.slice(1) } : compared;
  const columns = table.columns.map(quoteName).join(', ');
  const where = to.map((column) => `${quoteName(column)} = ?`).join(' AND ');
  const sql = `SELECT ${columns} FROM main.${quoteName(table.name)} WHERE ${where} LIMIT 1`;
  const [after] = [...source.rows(sql, ...values)];
  if (!after) return false;
  try {
    applyDifference(target, source, table, { kind: 'added', after });
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'changed-meanwhile') throw error;
    throw new BackupError(
      'row-refused',
      `A row of ${table.name} cannot be brought along: another one has its key.`,
      'Nothing was changed. Take back that row as well.',
      { cause: error },
    );
  }
  return true;
}

function foreignKeysOf(connection: Connection, child: string): ForeignKey[] {
  const sql = 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq';
  const keys = new Map<string, ForeignKey>();
  for (const [id, parent, from, to] of connection.rows(sql, child)) {
    const key = keys.get(String(id)) ?? { child, parent: String(parent), from: [], to: [] };
    keys.set(String(id), key);
    key.from.push(String(from));
    if (to !== null && to !== undefined) key.to.push(String(to));
  }
  return [...keys.values()].flatMap((key) => {
    // Without columns of its own it refers to the parent's primary key.
    const to = key.to.length > 0 ? key.to : primaryKey(connection, key.parent);
    return to.length === key.from.length ? [{ ...key, to }] : [];
  });
}

function primaryKey(connection: Connection, table: string): string[] {
  const sql = 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk';
  return [...connection.rows(sql, table)].map(([name]) => String(name));
}

/** A parent that is no table at all has no rows: those are left to the check that follows. */
function missingOf(connection: Connection, { child, parent, from, to }: ForeignKey): SqlValue[][] {
  const isThere = [...connection.rows('SELECT 1 FROM pragma_table_info(?) LIMIT 1', parent)].length > 0;
  if (!isThere) return [];
  const columns = from.map((column) => `c.${quoteName(column)}`);
  const joined = to.map((column, at) => `p.${quoteName(column)} = ${columns[at]}`).join(' AND ');
  const notNull = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const sql = `SELECT DISTINCT ${columns.join(', ')} FROM main.${quoteName(child)} c WHERE ${notNull}
    AND NOT EXISTS (SELECT 1 FROM main.${quoteName(parent)} p WHERE ${joined})`;
  return [...connection.rows(sql)];
}

function textOf(values: SqlValue[]): string {
  const exact = values.map((value) =>
    typeof value === 'bigint'
      ? `${value}n`
      : value instanceof Uint8Array
        ? { blob: Buffer.from(value).toString('hex') }
        : value,
  );
  return JSON.stringify(exact);
}
