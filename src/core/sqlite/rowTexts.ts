import type { Connection, SqlValue } from './engine.ts';
import { quoteReal, quoteText, quoteTextBytes } from './literals.ts';
import { quoteName } from './names.ts';

/** More operands in one expression than this and SQLite calls it too deep (https://sqlite.org/limits.html). */
const mostConcatenated = 150;
const replacement = '\ufffd';
const nul = '\0';

/**
 * The rows of a table, each as `(v1,v2,…)` on one line, exact to the byte. SQLite quotes the values itself where that is
 * exact, which is several times faster than handing them over; rows that it would spoil are written here.
 */
export function* rowTexts(
  connection: Connection,
  table: string,
  columns: readonly string[],
  order: string,
): Generator<string> {
  const from = `FROM main.${quoteName(table)}${order}`;
  if (columns.length > mostConcatenated) {
    yield* exactRows(connection, columns, from);
    return;
  }
  const quote = handsNulOver(connection) ? quoteExpression : quoteUpToNul(connection, table, columns);
  const quoted = columns.map((column) => quote(quoteName(column)));
  const exact = new Exact(() => exactRows(connection, columns, from));
  let row = 0;
  for (const [value] of connection.rows(`SELECT '('||${quoted.join("||','||")}||')' ${from}`)) {
    const text = value as string;
    // Invalid UTF-8 arrives as the replacement character; so does the character itself.
    if (text.includes(nul) || text.includes(replacement)) yield exact.at(row);
    else if (text.includes('\n') || text.includes('\r')) yield withoutBreaks(text);
    else yield text;
    row++;
  }
}

/** quote() stops at a NUL, which replace() carries on, and writes reals in a way that not every version reads back. */
function quoteExpression(column: string): string {
  const text = `''''||replace(${column},'''','''''')||''''`;
  return `CASE typeof(${column}) WHEN 'text' THEN ${text} WHEN 'real' THEN dbbackup_real(${column}) ELSE quote(${column}) END`;
}

/** Whether text arrives here whole: some hosts cut it at its first NUL. */
function handsNulOver(connection: Connection): boolean {
  const [[text] = []] = connection.rows(`SELECT 'a'||char(0)||'b'`);
  return text === 'a\0b';
}

/** For such hosts: a look at all of the table first, and columns that hold a NUL are written as bytes where they do. */
function quoteUpToNul(connection: Connection, table: string, columns: readonly string[]) {
  const found = columnsWithNul(connection, table, columns);
  const holdsNul = new Set([...found].map(quoteName));
  return (column: string) => {
    const bytes = `CASE WHEN instr(${column},char(0)) THEN 'CAST(X'''||hex(${column})||''' AS TEXT)' ELSE quote(${column}) END`;
    const text = holdsNul.has(column) ? ` WHEN 'text' THEN ${bytes}` : '';
    return `CASE typeof(${column}) WHEN 'real' THEN dbbackup_real(${column})${text} ELSE quote(${column}) END`;
  };
}

/** Makes the functions that {@link rowTexts} uses. Once per connection. */
export function defineRowFunctions(connection: Connection): void {
  connection.define('dbbackup_real', (value) => quoteReal(Number(value)));
}

function columnsWithNul(connection: Connection, table: string, columns: readonly string[]): Set<string> {
  const tests = columns.map((column) => {
    const name = quoteName(column);
    return `max(typeof(${name})='text' AND instr(${name},char(0))>0)`;
  });
  const found = new Set<string>();
  for (const values of connection.rows(`SELECT ${tests.join(',')} FROM main.${quoteName(table)}`)) {
    for (const [index, value] of values.entries()) if (value === 1n) found.add(columns[index] as string);
  }
  return found;
}

/** Line breaks stand only within the text literals that quote() made: nothing else in a row can hold one. */
function withoutBreaks(row: string): string {
  return row.replace(/'(?:[^']|'')*'/g, (literal) =>
    literal.includes('\n') || literal.includes('\r')
      ? quoteText(literal.slice(1, -1).replaceAll("''", "'"))
      : literal,
  );
}

/** A second walk over the same rows, begun when the first row is asked for, which is rarely. */
class Exact {
  readonly #open: () => Iterator<string>;
  #rows: Iterator<string> | undefined;
  #next = 0;

  constructor(open: () => Iterator<string>) {
    this.#open = open;
  }

  at(row: number): string {
    this.#rows ??= this.#open();
    for (;;) {
      const { value } = this.#rows.next();
      if (this.#next++ === row) return value;
    }
  }
}

function* exactRows(connection: Connection, columns: readonly string[], from: string): Generator<string> {
  const parts = columns.map((column) => {
    const name = quoteName(column);
    return `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`;
  });
  for (const values of connection.rows(`SELECT ${parts.join(', ')} ${from}`)) {
    const texts = columns.map((_, index) =>
      literal(values[2 * index] as string, values[2 * index + 1] as SqlValue),
    );
    yield `(${texts.join(',')})`;
  }
}

function literal(type: string, value: SqlValue): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return type === 'text' ? quoteTextBytes(bytes) : `X'${bytes.toString('hex').toUpperCase()}'`;
  }
  return typeof value === 'number' ? quoteReal(value) : String(value);
}
