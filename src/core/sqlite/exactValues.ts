import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';

/** What stands for some values in a statement, and what is bound to it. */
export interface ExactValues {
  terms: string[];
  values: SqlValue[];
}

/** Columns as {@link exactReader} wants to be given them: two values for each. */
export function exactFields(columns: readonly string[]): string {
  const fields = columns.map((column) => {
    const name = quoteName(column);
    return `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`;
  });
  return fields.join(', ');
}

/**
 * Carries values from one database into another to the byte: text that is not UTF-8, or holds a NUL, survives only as a
 * BLOB that is cast.
 */
export function exactReader(source: Connection, target: Connection): (row: SqlValue[]) => ExactValues {
  const [from, to] = [encodingOf(source), encodingOf(target)];
  const decoder = new TextDecoder(from, { ignoreBOM: true });
  return (row) => {
    const found: ExactValues = { terms: [], values: [] };
    for (let at = 0; at < row.length; at += 2) {
      const [type, value = null] = [row[at], row[at + 1]];
      const isText = type === 'text' && value instanceof Uint8Array;
      found.terms.push(isText && from === to ? 'CAST(? AS TEXT)' : '?');
      found.values.push(isText && from !== to ? decoder.decode(value) : value);
    }
    return found;
  };
}

function encodingOf(connection: Connection): string {
  const [[encoding] = []] = connection.rows('PRAGMA encoding');
  return String(encoding).toLowerCase();
}
