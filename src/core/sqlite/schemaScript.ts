import type { Connection } from './engine.ts';
import { readSchema } from './schema.ts';

/** A database's schema as text to be read and compared: one object after the other, in the order of their names. */
export function schemaScript(connection: Connection): string {
  const { tables, virtualTables, indexes, views, triggers } = readSchema(connection);
  const inOrder = (objects: { name: string; sql: string }[]) =>
    objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ sql }) => `${byColumns(sql.trim())};\n`);
  return [[...tables, ...virtualTables], indexes, views, triggers].flatMap(inOrder).join('\n');
}

const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|[(),]/g;

/** A table made by a program stands on one line: each of its columns gets its own, so that a diff shows which differs. */
function byColumns(sql: string): string {
  if (sql.includes('\n') || !/^CREATE TABLE/i.test(sql)) return sql;
  let depth = 0;
  let blank = false;
  const broken = sql.replace(token, (found, at: number) => {
    if (found === '(' && ++depth === 1) return '(\n  ';
    if (found === ')' && --depth === 0) return '\n)';
    blank = found === ',' && depth === 1 && sql[at + 1] === ' ';
    return found === ',' && depth === 1 ? (blank ? ',\n ' : ',\n  ') : found;
  });
  return depth === 0 ? broken : sql;
}
