import type { Connection } from './engine.ts';
import { commonRowid } from './rowids.ts';
import { listTables, type TableFacts } from './tables.ts';

/**
 * How the rows of a table are told apart: by a key both sides have; where there is none by the rowid, if that fits; else by
 * all that is in them.
 */
export interface ComparedTable {
  name: string;
  /** Empty: rows are compared by content alone, so none counts as changed. */
  key: string[];
  /** The columns both sides have; the rowid before them where it is the key. */
  columns: string[];
  before: TableFacts;
  after: TableFacts;
}

/** Pairs the tables of two databases by name. Tables on one side only are not in it. */
export function pairTables(before: Connection, after: Connection): ComparedTable[] {
  const others = new Map(listTables(after).map((table) => [table.name, table]));
  return listTables(before).flatMap((table) => {
    const other = others.get(table.name);
    return other ? [pair(before, after, table, other)] : [];
  });
}

function pair(before: Connection, after: Connection, facts: TableFacts, other: TableFacts): ComparedTable {
  const columns = facts.columns.filter((column) => other.columns.includes(column));
  const sameKey = facts.key.join('\0') === other.key.join('\0') && !facts.virtual && !other.virtual;
  const table = { name: facts.name, key: sameKey ? facts.key : [], columns, before: facts, after: other };
  if (table.key.length > 0 || columns.length === 0) return table;
  const rowid = commonRowid(before, after, table);
  return rowid === undefined ? table : { ...table, key: [rowid], columns: [rowid, ...columns] };
}
