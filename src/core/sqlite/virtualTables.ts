import type { Warning } from '../task.ts';
import type { Connection } from './engine.ts';
import { exactBatches, type RowBatch } from './exactRows.ts';
import { quoteText } from './literals.ts';
import { quoteName } from './names.ts';
import type { SchemaTable } from './schema.ts';

export interface VirtualRows {
  columns: string[];
  rows: Iterable<RowBatch>;
  /** Statements that follow the rows. */
  after: string[];
  /** True where the rows are another table's, and an index is built over them anew: none stands in the dump. */
  elsewhere?: boolean;
  warning?: Warning;
}

/**
 * How a virtual table's rows are written: through the table itself, so that its shadow tables are built anew by whoever
 * restores (facts of FTS3, 4 and 5 and R-Tree: https://sqlite.org/fts5.html, https://sqlite.org/rtree.html).
 */
export function virtualTableRows(connection: Connection, table: SchemaTable): VirtualRows {
  const module = /\bUSING\s+"?(\w+)"?/i.exec(table.sql)?.[1]?.toLowerCase() ?? '';
  if (module === 'fts5') return fts5Rows(connection, table);
  if (module === 'fts3' || module === 'fts4') return ftsRows(connection, table);
  const isTree = module.startsWith('rtree') || module === 'geopoly';
  const columns = isTree ? table.columns : withRowid(table);
  return { columns, rows: rowsOf(connection, table, columns), after: [] };
}

function rowsOf(connection: Connection, { name }: SchemaTable, columns: string[], order?: string) {
  return exactBatches(connection, { table: name, columns, ...(order ? { order } : {}) }, '');
}

function withRowid({ columns }: SchemaTable): string[] {
  return columns.some((column) => column.toLowerCase() === 'rowid') ? columns : ['rowid', ...columns];
}

function fts5Rows(connection: Connection, table: SchemaTable): VirtualRows {
  const columns = withRowid(table);
  const options = fts5Options(connection, table);
  const content = contentOption(table);
  if (content === '') return { columns, rows: [], after: options, warning: contentless(table) };
  if (content !== undefined)
    return { columns, rows: [], after: [...options, command(table, 'rebuild')], elsewhere: true };
  return { columns, rows: rowsOf(connection, table, columns, 'rowid'), after: options };
}

function ftsRows(connection: Connection, table: SchemaTable): VirtualRows {
  const columns = ['docid', ...table.columns.filter((column) => !['docid', table.name].includes(column))];
  const content = contentOption(table);
  if (content === '') return { columns, rows: [], after: [], warning: contentless(table) };
  if (content !== undefined)
    return { columns, rows: [], after: [command(table, 'rebuild')], elsewhere: true };
  return { columns, rows: rowsOf(connection, table, columns, 'docid'), after: [] };
}

/** The `content=` of the definition: empty for contentless, a table's name for external content. */
export function contentOption({ sql }: Pick<SchemaTable, 'sql'>): string | undefined {
  const match = /\bcontent\s*=\s*(?:'([^']*)'|"([^"]*)"|(\w*))/i.exec(sql);
  return match ? (match[1] ?? match[2] ?? match[3]!) : undefined;
}

function command(table: SchemaTable, word: string): string {
  const name = quoteName(table.name);
  return `INSERT INTO ${name}(${name}) VALUES(${quoteText(word)});`;
}

/** What was set by `INSERT INTO ft(ft, rank) VALUES('automerge', 8)`. */
function fts5Options(connection: Connection, table: SchemaTable): string[] {
  const name = quoteName(table.name);
  const sql = `SELECT k, quote(v) FROM main.${quoteName(`${table.name}_config`)} WHERE k <> 'version' ORDER BY k`;
  return [...connection.rows(sql)].map(
    ([key, value]) => `INSERT INTO ${name}(${name},rank) VALUES(${quoteText(String(key))},${value});`,
  );
}

function contentless({ name }: SchemaTable): Warning {
  return {
    code: 'contentless-index',
    message: `The search index ${name} holds no text to read back (content=''), so the dump has it empty.`,
    hint: 'Fill it again after a restore, or back up with --format snapshot, which keeps it.',
  };
}
