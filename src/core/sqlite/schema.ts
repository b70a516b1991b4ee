import type { Connection } from './engine.ts';
import { quoteName } from './names.ts';

export interface SchemaObject {
  name: string;
  sql: string;
}

export interface SchemaTable extends SchemaObject {
  /** Stored columns; generated ones are left out. */
  columns: string[];
  /** A name by which the rowid is reached; undefined where there is none, or every name of it is a column's. */
  rowid: string | undefined;
  /** Whether the rowid has to be kept beside the columns: a rowid table without INTEGER PRIMARY KEY. */
  keepsRowid: boolean;
}

/** Everything a dump has to write, in the order in which sqlite_schema has it. Shadow tables are left out. */
export interface Schema {
  tables: SchemaTable[];
  virtualTables: SchemaTable[];
  indexes: SchemaObject[];
  views: SchemaObject[];
  triggers: SchemaObject[];
  hasSequence: boolean;
  userVersion: number;
  applicationId: number;
}

export function readSchema(connection: Connection): Schema {
  const kinds = tableKinds(connection);
  const objects = (type: string) => readObjects(connection, type);
  const tables = objects('table').filter(({ name }) => !/^sqlite_/i.test(name));
  const ofKind = (kind: string) =>
    tables
      .filter(({ name }) => kinds.get(name)?.type === kind)
      .map((object) => describe(connection, object, kinds.get(object.name)?.withoutRowid === true));
  return {
    tables: ofKind('table'),
    virtualTables: ofKind('virtual'),
    indexes: objects('index'),
    views: objects('view'),
    triggers: objects('trigger'),
    hasSequence: kinds.has('sqlite_sequence'),
    userVersion: numberOf(connection, 'PRAGMA user_version'),
    applicationId: numberOf(connection, 'PRAGMA application_id'),
  };
}

function readObjects(connection: Connection, type: string): SchemaObject[] {
  const sql = 'SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid';
  return [...connection.rows(sql, type)].map(([name, text]) => ({ name: String(name), sql: String(text) }));
}

function tableKinds(connection: Connection): Map<string, { type: string; withoutRowid: boolean }> {
  const sql = `SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'`;
  return new Map(
    [...connection.rows(sql)].map(([name, type, wr]) => [
      String(name),
      { type: String(type), withoutRowid: wr !== 0n },
    ]),
  );
}

function describe(connection: Connection, object: SchemaObject, withoutRowid: boolean): SchemaTable {
  const info = [
    ...connection.rows('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid', object.name),
  ];
  const columns = info.map(([name]) => String(name));
  const key = info.filter(([, , position]) => position !== 0n);
  const isRowid =
    key.length === 1 && String(key[0]?.[1]).toUpperCase() === 'INTEGER' && ownsRowid(connection, object);
  const free = ['rowid', '_rowid_', 'oid'].find(
    (name) => !columns.some((column) => column.toLowerCase() === name),
  );
  const rowid = withoutRowid ? undefined : free;
  return { ...object, columns, rowid, keepsRowid: rowid !== undefined && !isRowid };
}

/** `INTEGER PRIMARY KEY DESC` is no rowid, by an old accident (https://sqlite.org/lang_createtable.html#rowid). */
export function ownsRowid(connection: Connection, { name }: Pick<SchemaObject, 'name'>): boolean {
  for (const _ of connection.rows(`SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'`, name))
    return false;
  return true;
}

function numberOf(connection: Connection, pragma: string): number {
  const [row] = connection.rows(pragma);
  return Number(row![0]);
}

/** `INSERT INTO "t"("a","b") VALUES` */
export function insertHead(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${quoteName(table)}(${columns.map(quoteName).join(',')}) VALUES`;
}
