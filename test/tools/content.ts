import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What a database holds, for comparing. */
export interface DatabaseContent {
  /** Every schema object's SQL, and every AUTOINCREMENT counter, by type and name. */
  schema: Map<string, string>;
  /** Each row of each table as SQL literals, exact in type and bytes. */
  tables: Map<string, string[]>;
}

/** Reads all of a small database for comparing. */
export function readContent(file: string): DatabaseContent {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const objects = db.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY name').all() as Record<
      string,
      string
    >[];
    const schema = new Map(objects.map(({ type, name, sql }) => [`${type} ${name}`, onOneLine(sql)]));
    for (const row of schema.has('table sqlite_sequence') ? readRows(db, 'sqlite_sequence') : []) {
      const [name = '', value = ''] = row.split(', ');
      schema.set(`counter ${name}`, value);
    }
    const names = objects.filter(({ type, name }) => type === 'table' && !name?.startsWith('sqlite_'));
    return { schema, tables: new Map(names.map(({ name = '' }) => [name, readRows(db, name)])) };
  } finally {
    db.close();
  }
}

/** A dump has each schema statement on one line: line breaks between its words are not kept. */
function onOneLine(sql: string | null | undefined): string {
  return (sql ?? '').replace(/\s+/g, ' ').trim();
}

function readRows(db: DatabaseSync, table: string): string[] {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[];
  const values = columns.map(({ name }) => `quote("${name.replaceAll('"', '""')}")`).join(` || ', ' || `);
  const rows = db.prepare(`SELECT ${values} AS line FROM "${table.replaceAll('"', '""')}"`).all() as {
    line: string;
  }[];
  return rows.map(({ line }) => line).sort();
}

/** How many rows all tables have. */
export function countRows({ tables }: DatabaseContent): number {
  return [...tables.values()].reduce((sum, rows) => sum + rows.length, 0);
}

/** How many rows of `before` are missing or changed in `now`, and how many schema objects and counters. */
export function countLost(before: DatabaseContent, now: DatabaseContent): { rows: number; objects: number } {
  let rows = 0;
  for (const [table, lines] of before.tables) {
    const there = new Set(now.tables.get(table));
    rows += lines.filter((line) => !there.has(line)).length;
  }
  const objects = [...before.schema].filter(([name, sql]) => now.schema.get(name) !== sql).length;
  return { rows, objects };
}

/** One SHA-256 over a folder: every file's path and bytes. */
export async function hashFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file.slice(folder.length)}\0`).update(await readFile(file));
  return hash.digest('hex');
}
