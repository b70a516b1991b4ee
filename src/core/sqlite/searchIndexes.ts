import type { Connection } from './engine.ts';
import { quoteText } from './literals.ts';
import { quoteName } from './names.ts';
import { readSchema } from './schema.ts';
import { onOneLine } from './schemaText.ts';
import { contentOption } from './virtualTables.ts';

const name = String.raw`("(?:[^"]|"")+"|\x60[^\x60]+\x60|\[[^\]]+\]|\w+)`;
/** What a trigger writes to; its statements take no schema before a table (https://sqlite.org/lang_createtrigger.html). */
const writes = new RegExp(
  String.raw`\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?)\s+${name}`,
  'gi',
);

/**
 * Triggers that write to virtual tables alone: they keep a search index in step with its table, whereas others would do to
 * rows that are put back what they did to them once.
 */
export function indexTriggers(connection: Connection): Set<string> {
  const { triggers, virtualTables } = readSchema(connection);
  const virtual = new Set(virtualTables.map((table) => table.name.toLowerCase()));
  const keepers = triggers.filter(({ sql }) => {
    const targets = writtenTo(sql);
    return targets.length > 0 && targets.every((target) => virtual.has(target));
  });
  return new Set(keepers.map((trigger) => trigger.name));
}

/** Lower-case names of the tables that a trigger's statements write to. */
function writtenTo(sql: string): string[] {
  const plain = onOneLine(sql).sql.replace(/'(?:[^']|'')*'/g, "''");
  const body = plain.slice(plain.search(/\bBEGIN\b/i));
  return [...body.matchAll(writes)].map(([, found = '']) => bare(found).toLowerCase());
}

function bare(quoted: string): string {
  if (quoted.startsWith('"')) return quoted.slice(1, -1).replaceAll('""', '"');
  return /^[\x60[]/.test(quoted) ? quoted.slice(1, -1) : quoted;
}

/**
 * Builds anew the search indexes whose texts are those of other tables: what they have of a row that was put back or
 * taken away without them would be found, and removed, wrongly (https://sqlite.org/fts5.html#external_content_tables).
 * @param changed tables whose rows have changed
 */
export function rebuildSearchIndexes(connection: Connection, changed: Iterable<string>): void {
  const { virtualTables, views } = readSchema(connection);
  const names = new Set([...changed].map((table) => table.toLowerCase()));
  // What a view shows may come from any table.
  for (const view of views) names.add(view.name.toLowerCase());
  for (const table of virtualTables) {
    const content = contentOption(table);
    if (content === undefined || content === '' || !names.has(content.toLowerCase())) continue;
    const index = quoteName(table.name);
    connection.exec(`INSERT INTO main.${index}(${index}) VALUES(${quoteText('rebuild')})`);
  }
}
