import type { SqlValue } from './engine.ts';

/** What stands between a statement's parameters: strings, names, comments. */
const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?/g;

type Bindable = number | string | Uint8Array | null;

/**
 * Writes into the statement the numbers that sql.js cannot bind as they are: it binds a bigint as text, a REAL that is a
 * whole number as an integer. Parameters are plain `?`.
 */
export function bindLiterals(sql: string, parameters: SqlValue[]): { sql: string; parameters: Bindable[] } {
  const bound: Bindable[] = [];
  let next = 0;
  const written = sql.replace(tokens, (token) => {
    if (token !== '?') return token;
    const value = parameters[next++] ?? null;
    if (typeof value === 'bigint') return integer(value);
    if (typeof value === 'number') return real(value);
    bound.push(value);
    return token;
  });
  return { sql: written, parameters: bound };
}

/** SQLite reads 9223372036854775808 as a REAL, before it looks at the sign. */
function integer(value: bigint): string {
  return value === -(2n ** 63n) ? '(-9223372036854775807 - 1)' : `(${value})`;
}

/** JavaScript's shortest form reads back as the same double; a REAL needs a point or an exponent. */
function real(value: number): string {
  if (Number.isNaN(value)) return 'NULL';
  if (!Number.isFinite(value)) return value > 0 ? '9e999' : '(-9e999)';
  const text = String(value);
  return `(${/[.e]/.test(text) ? text : `${text}.0`})`;
}
