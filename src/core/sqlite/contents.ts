import type { Connection, Engine } from './engine.ts';
import { countRows, listTables } from './tables.ts';

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
  const tableRows = listTables(connection).map(({ name }) => ({ name, rows: countRows(connection, name) }));
  return { tables: tableRows.length, rows: tableRows.reduce((sum, { rows }) => sum + rows, 0), tableRows };
}
