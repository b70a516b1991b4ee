import type { Connection } from '../engine.ts';
import { ownsRowid, readSchema } from '../schema.ts';
import { listTables } from '../tables.ts';
import { contentOption } from '../virtualTables.ts';

/** A stored column with all that a replacement of its values has to respect. */
export interface MaskColumn {
  table: string;
  name: string;
  type: string;
  virtual: boolean;
  notNull: boolean;
  /** Part of the primary key. */
  key: boolean;
  /** The row's own number (`INTEGER PRIMARY KEY`). */
  rowNumber: boolean;
  /** Part of a unique index or key. */
  unique: boolean;
  /** Characters that `varchar(N)` has room for; undefined where nothing says so. SQLite itself does not check it. */
  limit: number | undefined;
}

/** A unique index: no two rows have the same in all of these. */
export interface UniqueIndex {
  table: string;
  /** Undefined where some rows or an expression are meant, which only SQLite itself can check. */
  columns: string[] | undefined;
}

/** A foreign key, column by column. */
export interface Reference {
  child: MaskColumn;
  parent: MaskColumn;
}

export interface MaskSchema {
  columns: MaskColumn[];
  uniques: UniqueIndex[];
  references: Reference[];
}

/** Reads what masking has to know of a database. */
export function readMaskSchema(connection: Connection): MaskSchema {
  const columns: MaskColumn[] = [];
  const uniques: UniqueIndex[] = [];
  const elsewhere = contentElsewhere(connection);
  const tables = listTables(connection).filter(({ name }) => !elsewhere.has(name));
  for (const { name: table, virtual } of tables) {
    const own = virtual ? [] : uniqueIndexes(connection, table);
    uniques.push(...own.map(({ columns: named, whole }) => ({ table, columns: whole ? named : undefined })));
    const inUnique = new Set(own.flatMap(({ columns: named }) => named));
    columns.push(...columnsOf(connection, table, virtual, inUnique));
  }
  const find = finder(columns);
  const references = tables.flatMap(({ name }) => referencesOf(connection, name, columns, find));
  return { columns, uniques, references };
}

/** Search indexes whose texts are another table's, or nowhere: they are built anew from what is masked there, or empty. */
function contentElsewhere(connection: Connection): Set<string> {
  const { virtualTables } = readSchema(connection);
  const found = virtualTables.filter((table) => contentOption(table) !== undefined);
  return new Set(found.map(({ name }) => name));
}

function columnsOf(connection: Connection, table: string, virtual: boolean, inUnique: Set<string>) {
  const sql = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid';
  const rows = [...connection.rows(sql, table)];
  const keys = rows.filter(([, , , position]) => position !== 0n);
  const isRowid = ownsRowid(connection, { name: table });
  return rows.map(([name, type, notNull, position]): MaskColumn => {
    const key = position !== 0n;
    const rowNumber = key && keys.length === 1 && String(type).toUpperCase() === 'INTEGER' && isRowid;
    return {
      table,
      name: String(name),
      type: String(type),
      virtual,
      notNull: notNull !== 0n || rowNumber,
      key,
      rowNumber,
      unique: key || inUnique.has(String(name)),
      limit: limitOf(String(type)),
    };
  });
}

function limitOf(type: string): number | undefined {
  const length = /char|text|clob|string/i.test(type) ? /\(\s*(\d+)\s*\)/.exec(type)?.[1] : undefined;
  return length === undefined || Number(length) < 1 ? undefined : Number(length);
}

function uniqueIndexes(connection: Connection, table: string): { columns: string[]; whole: boolean }[] {
  const sql = 'SELECT name, partial FROM pragma_index_list(?) WHERE "unique" = 1';
  return [...connection.rows(sql, table)].map(([index, partial]) => {
    const terms = [...connection.rows('SELECT cid, name FROM pragma_index_xinfo(?) WHERE key = 1', index!)];
    const columns = terms.flatMap(([, name]) => (name === null ? [] : [String(name)]));
    return { columns, whole: partial === 0n && columns.length === terms.length };
  });
}

type Find = (table: unknown, column: unknown) => MaskColumn | undefined;

function finder(columns: MaskColumn[]): Find {
  const key = (table: unknown, column: unknown) => `${table}\0${column}`.toLowerCase();
  const known = new Map(columns.map((column) => [key(column.table, column.name), column]));
  return (table, column) => known.get(key(table, column));
}

function referencesOf(connection: Connection, table: string, columns: MaskColumn[], find: Find): Reference[] {
  const sql = 'SELECT "table", "from", "to", seq FROM pragma_foreign_key_list(?) ORDER BY id, seq';
  return [...connection.rows(sql, table)].flatMap(([parentTable, from, to, seq]) => {
    const child = find(table, from);
    // Without a column, a reference means the parent's primary key.
    const keys = columns.filter(
      (column) => column.key && column.table.toLowerCase() === String(parentTable).toLowerCase(),
    );
    const parent = to === null ? keys[Number(seq)] : find(parentTable, to);
    return child && parent ? [{ child, parent }] : [];
  });
}
