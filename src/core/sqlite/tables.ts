import type { Connection } from './engine.ts';
import { quoteName } from './names.ts';
import { ownsRowid } from './schema.ts';

/** What is needed to read a table row by row and to tell its rows apart. */
export interface TableFacts {
  name: string;
  /** Stored columns in order; generated ones are left out. */
  columns: string[];
  /** Declared types, as written; an empty text where there is none. */
  types: string[];
  /** The primary key's columns in key order; empty where there is none that identifies every row. */
  key: string[];
  virtual: boolean;
  /** The rowid's name where no column holds it and none hides it; undefined for virtual tables and WITHOUT ROWID, too. */
  rowid: string | undefined;
}

/** The user's tables in the order of their names. Shadow tables belong to their virtual table and are left out. */
export function listTables(connection: Connection): TableFacts[] {
  const sql = `SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`;
  return [...connection.rows(sql)].map(([name, type]) =>
    describeTable(connection, String(name), type === 'virtual'),
  );
}

function describeTable(connection: Connection, name: string, virtual: boolean): TableFacts {
  const columns = [];
  const sql = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid';
  for (const [column, type, notNull, position] of connection.rows(sql, name)) {
    columns.push({
      name: String(column),
      type: String(type),
      notNull: notNull !== 0n,
      position: Number(position),
    });
  }
  const key = columns.filter(({ position }) => position > 0).sort((a, b) => a.position - b.position);
  const [only] = key;
  const isRowid =
    key.length === 1 && only?.type.toUpperCase() === 'INTEGER' && ownsRowid(connection, { name });
  // SQLite lets NULLs into other primary keys, any number of them (https://sqlite.org/lang_createtable.html).
  const identifies = isRowid || key.every(({ notNull }) => notNull) || !hasNulls(connection, name, key);
  return {
    name,
    columns: columns.map((column) => column.name),
    types: columns.map(({ type }) => type),
    key: identifies ? key.map((column) => column.name) : [],
    virtual,
    rowid: isRowid ? undefined : rowidName(connection, name),
  };
}

/** A name for the rowid of a table that no column of its own hides; undefined where it has none, as WITHOUT ROWID. */
export function rowidName(connection: Connection, table: string): string | undefined {
  const sql = "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?";
  const [[type, withoutRowid] = []] = connection.rows(sql, table);
  if (type !== 'table' || withoutRowid !== 0n) return undefined;
  const taken = [...connection.rows('SELECT lower(name) FROM pragma_table_xinfo(?)', table)].flat();
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.includes(name));
}

/** Terms of `ORDER BY` for the order in which rows are stored: the same each time. */
export function storedOrder(connection: Connection, table: string): string[] {
  const rowid = rowidName(connection, table);
  if (rowid !== undefined) return [rowid];
  const sql = 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk';
  return [...connection.rows(sql, table)].map(([column]) => quoteName(String(column)));
}

/** The whole clause; empty for a virtual table, which has an order of its own. */
export function inStoredOrder(connection: Connection, table: string): string {
  const terms = storedOrder(connection, table);
  return terms.length > 0 ? `ORDER BY ${terms.join(', ')}` : '';
}

/** How many rows a table has. */
export function countRows(connection: Connection, table: string): number {
  const [row] = connection.rows(`SELECT count(*) FROM main.${quoteName(table)}`);
  return Number(row![0]);
}

function hasNulls(connection: Connection, table: string, key: { name: string }[]): boolean {
  const anyNull = key.map(({ name }) => `${quoteName(name)} IS NULL`).join(' OR ');
  for (const _ of connection.rows(`SELECT 1 FROM ${quoteName(table)} WHERE ${anyNull} LIMIT 1`)) return true;
  return false;
}
