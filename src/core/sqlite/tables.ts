import type { Connection } from './engine.ts';
import { quoteName } from './names.ts';

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
  const isRowid = key.length === 1 && only?.type.toUpperCase() === 'INTEGER';
  // SQLite lets NULLs into other primary keys, any number of them (https://sqlite.org/lang_createtable.html).
  const identifies = isRowid || key.every(({ notNull }) => notNull) || !hasNulls(connection, name, key);
  return {
    name,
    columns: columns.map((column) => column.name),
    types: columns.map(({ type }) => type),
    key: identifies ? key.map((column) => column.name) : [],
    virtual,
  };
}

function hasNulls(connection: Connection, table: string, key: { name: string }[]): boolean {
  const anyNull = key.map(({ name }) => `${quoteName(name)} IS NULL`).join(' OR ');
  for (const _ of connection.rows(`SELECT 1 FROM ${quoteName(table)} WHERE ${anyNull} LIMIT 1`)) return true;
  return false;
}
