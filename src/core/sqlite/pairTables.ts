import type { Connection } from './engine.ts';
import { listTables, type TableFacts } from './tables.ts';

/** How the rows of a table are told apart: by a key both sides have, or by all that is in them. */
export interface ComparedTable {
  name: string;
  /** Empty: rows are compared by content alone, so none counts as changed. */
  key: string[];
  /** The columns both sides have. */
  columns: string[];
  before: TableFacts;
  after: TableFacts;
}

/** Pairs the tables of two databases by name. Tables on one side only are not in it. */
export function pairTables(before: Connection, after: Connection): ComparedTable[] {
  const others = new Map(listTables(after).map((table) => [table.name, table]));
  return listTables(before).flatMap((table) => {
    const other = others.get(table.name);
    return other ? [pair(table, other)] : [];
  });
}

function pair(before: TableFacts, after: TableFacts): ComparedTable {
  const columns = before.columns.filter((column) => after.columns.includes(column));
  const sameKey = before.key.join('\0') === after.key.join('\0') && !before.virtual && !after.virtual;
  return { name: before.name, key: sameKey ? before.key : [], columns, before, after };
}
