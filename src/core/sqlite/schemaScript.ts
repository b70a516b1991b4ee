import type { Connection } from './engine.ts';
import { readSchema } from './schema.ts';

/**
 * A database's schema as text to be read and compared: one object after the other, in the order of their names, laid out
 * anew. A dump keeps neither line breaks nor comments, which are no difference.
 */
export function schemaScript(connection: Connection): string {
  const { tables, virtualTables, indexes, views, triggers } = readSchema(connection);
  const inOrder = (objects: { name: string; sql: string }[]) =>
    objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ sql }) => `${laidOut(onOneLine(sql))};\n`);
  return [[...tables, ...virtualTables], indexes, views, triggers].flatMap(inOrder).join('\n');
}

const quoted = '\'(?:[^\']|\'\')*\'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\\[[^\\]]*\\]';
const blanks = new RegExp(`(${quoted})|(?:--[^\\n]*|/\\*[^]*?(?:\\*/|$)|\\s)+`, 'g');
const inner = new RegExp(`(${quoted})|(\\() | ?([,;]) ?| (\\))`, 'g');
const signs = new RegExp(`(${quoted})| ?\\(|[),;]`, 'g');

/** One blank between words, none within a bracket or before a comma; a space before a bracket is as it was. */
function onOneLine(sql: string): string {
  return sql
    .replace(blanks, (_, text?: string) => text ?? ' ')
    .replace(
      inner,
      (...found: (string | undefined)[]) => found.slice(1, 5).find((part) => part !== undefined)!,
    )
    .trim()
    .replace(/;$/, '');
}

/** Each column of a table, and each statement of a trigger, on a line of its own, so that a diff shows which differs. */
function laidOut(sql: string): string {
  const isTable = /^CREATE TABLE/i.test(sql);
  let depth = 0;
  const text = sql.replace(signs, (sign, string?: string) => {
    if (string !== undefined) return string;
    if (sign === ';') return ';\n  ';
    if (sign.endsWith('(')) return ++depth === 1 && isTable ? ' (\n  ' : sign;
    if (sign === ')') return --depth === 0 && isTable ? '\n)' : ')';
    return depth === 1 && isTable ? ',\n  ' : ', ';
  });
  if (!/^CREATE TRIGGER/i.test(sql)) return text;
  return text.replace(/ BEGIN /i, '\nBEGIN\n  ').replace(/ {2}END$/i, 'END');
}
