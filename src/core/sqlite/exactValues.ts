import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import { fromUtf8, type TextEncoding, textEncoding, toUtf8 } from './textEncoding.ts';

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

const encodings = new WeakMap<Connection, TextEncoding>();

/** It never changes once there is a table; a row at a time, asking takes longer than the row. */
function encodingOf(connection: Connection): TextEncoding {
  const known = encodings.get(connection) ?? textEncoding(connection);
  encodings.set(connection, known);
  return known;
}

/**
 * Carries values from one database into another to the byte: text that is not UTF-8, or holds a NUL, survives only as a
 * BLOB that is cast.
 */
export function exactReader(source: Connection, target: Connection): (row: SqlValue[]) => ExactValues {
  const [from, to] = [encodingOf(source), encodingOf(target)];
  const stored = (bytes: Uint8Array) =>
    from === to ? bytes : fromUtf8(to, toUtf8(from, Buffer.from(bytes)));
  return (row) => {
    const found: ExactValues = { terms: [], values: [] };
    for (let at = 0; at < row.length; at += 2) {
      const [type, value = null] = [row[at], row[at + 1]];
      const isText = type === 'text' && value instanceof Uint8Array;
      found.terms.push(isText ? 'CAST(? AS TEXT)' : '?');
      found.values.push(isText ? stored(value) : value);
    }
    return found;
  };
}
