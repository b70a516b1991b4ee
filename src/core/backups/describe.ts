import type { Connection, Engine } from '../sqlite/engine.ts';
import { quoteName } from '../sqlite/names.ts';

/** Rows per table of a database, virtual tables included, their shadow tables not. */
export interface Contents {
  tables: number;
  rows: number;
  tableRows: { name: string; rows: number }[];
}

/** Counts a private database's rows, table by table in the order of their names. */
export async function describeDatabase(engine: Engine, path: string): Promise<Contents> {
  const connection = await engine.openPrivate(path);
  try {
    return contentsOf(connection);
  } finally {
    connection.close();
  }
}

/** As {@link describeDatabase}, over a connection that is open. */
export function contentsOf(connection: Connection): Contents {
  const tableRows = tableNames(connection).map((name) => ({ name, rows: countRows(connection, name) }));
  return { tables: tableRows.length, rows: tableRows.reduce((sum, { rows }) => sum + rows, 0), tableRows };
}

function tableNames(connection: Connection): string[] {
  const names: string[] = [];
  // Shadow tables belong to their virtual table (https://sqlite.org/pragma.html#pragma_table_list).
  const sql = `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`;
  for (const [name] of connection.rows(sql)) names.push(String(name));
  return names;
}

function countRows(connection: Connection, table: string): number {
  for (const [count] of connection.rows(`SELECT count(*) FROM main.${quoteName(table)}`))
    return Number(count);
  return 0;
}
