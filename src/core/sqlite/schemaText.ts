/** A schema statement on one line; comments are gone. */
export interface OneLine {
  sql: string;
  /** False where a string in it holds a line break, which then reads as a blank. */
  exact: boolean;
}

const token =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$)|[\t\n\f\r ]+/g;

/**
 * Puts a statement of sqlite_schema on one line, as old readers of dumps want it. Without taking the comments out, a
 * `--` comment would swallow the rest.
 */
export function onOneLine(sql: string): OneLine {
  let exact = true;
  const line = sql.replace(token, (found) => {
    if (/^(--|\/\*)/.test(found)) return ' ';
    if (/^\s/.test(found)) return /[\n\r]/.test(found) ? ' ' : found;
    if (!/[\n\r]/.test(found)) return found;
    exact = false;
    return found.replace(/[\n\r]/g, ' ');
  });
  return { sql: line.trim().replace(/;$/, ''), exact };
}

/** The same with each broken string as an expression, for where any expression may stand: views, triggers, indexes. */
export function withExpressions(sql: string): string {
  return sql.replace(token, (found) => {
    if (!found.startsWith("'") || !/[\n\r]/.test(found)) return found;
    const parts = found
      .slice(1, -1)
      .split(/([\n\r])/)
      .map((part) => (part === '\n' ? 'char(10)' : part === '\r' ? 'char(13)' : `'${part}'`));
    return `(${parts.filter((part) => part !== "''").join('||')})`;
  });
}
