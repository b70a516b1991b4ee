import { BackupError } from '../errors.ts';
import type { Statement } from './statements.ts';

/** What a statement of a dump may be. Everything else has no business in one. */
export type Classified =
  /** Does nothing to an empty database: transactions, DROPs before CREATE, settings of other shells. */
  | { kind: 'skip' }
  | { kind: 'pragma' }
  | { kind: 'table'; name: string; virtual: boolean }
  | { kind: 'later'; object: 'index' | 'view' | 'trigger'; name: string }
  | { kind: 'insert'; table: string }
  | { kind: 'sequence-reset' }
  /** Empties a table before its rows, as dumps for existing databases do. */
  | { kind: 'empty'; table: string }
  | { kind: 'virtual-table'; sql: string }
  | { kind: 'schema-text'; sql: string; name: string };

/** All that may stand in a row: literals and the functions with which shells write them. */
const rowWords = new Set([
  'null',
  'replace',
  'char',
  'cast',
  'as',
  'text',
  'unistr',
  'inf',
  'infinity',
  'nan',
  'x',
]);
const plainSkips = new Set(['begin', 'commit', 'end', 'rollback', 'drop', 'analyze']);
const keptPragmas = new Set(['user_version', 'application_id', 'encoding']);
const idlePragmas = new Set(['foreign_keys', 'writable_schema', 'auto_vacuum', 'page_size', 'journal_mode']);

/**
 * Tells what a statement is, by its first words; a row is looked through to its end.
 * @throws BackupError forbidden-statement, not-a-dump
 */
export function classify(statement: Statement): Classified {
  const [first = '', second = '', third = ''] = statement.words;
  if (plainSkips.has(first)) return { kind: 'skip' };
  if (first === 'pragma') return classifyPragma(statement);
  if (first === 'insert' || first === 'replace') return classifyInsert(statement);
  if (first === 'create') return classifyCreate(statement);
  if (first === 'delete') return classifyDelete(statement);
  if (first === 'update') return classifyUpdate(statement);
  if (isOtherCommand(first))
    throw forbidden(statement, `${[first, second, third].join(' ').trim().toUpperCase()}`);
  throw notADump(statement);
}

function classifyPragma(statement: Statement): Classified {
  const name = /^pragma\s+(?:"?main"?\s*\.\s*)?"?(\w+)"?/i.exec(headOf(statement))?.[1]?.toLowerCase() ?? '';
  if (keptPragmas.has(name)) return { kind: 'pragma' };
  if (idlePragmas.has(name)) return { kind: 'skip' };
  throw forbidden(statement, `PRAGMA ${name}`);
}

function classifyInsert(statement: Statement): Classified {
  const virtual = virtualTableOf(statement);
  if (virtual !== undefined) return { kind: 'virtual-table', sql: virtual };
  const table = tableOf(statement, /^(?:insert(?:\s+or\s+(?:replace|ignore))?|replace)\s+into\s+/i);
  if (table === undefined) throw notADump(statement);
  if (/^sqlite_(?!sequence$|stat)/i.test(table)) throw forbidden(statement, `a row for ${table}`);
  const odd = statement.valueWords?.find((word) => !rowWords.has(word));
  if (statement.valueWords === undefined || odd !== undefined) {
    throw forbidden(statement, odd === undefined ? 'INSERT without VALUES' : `"${odd}" in a row`);
  }
  // Statistics belong to indexes that do not exist yet; ANALYZE makes them anew.
  if (/^sqlite_stat/i.test(table)) return { kind: 'skip' };
  return { kind: 'insert', table };
}

/** The shell writes a virtual table into sqlite_schema; it becomes the statement that stands in there. */
function virtualTableOf(statement: Statement): string | undefined {
  const text = statement.bytes.toString('utf8');
  const match =
    /^INSERT INTO sqlite_(?:master|schema)\(type,name,tbl_name,rootpage,sql\)\s*VALUES\('table','(?:[^']|'')*','(?:[^']|'')*',0,'((?:[^']|'')*)'\);?$/i.exec(
      text.slice(0, 100_000),
    );
  const sql = match?.[1]?.replaceAll("''", "'");
  return sql !== undefined && /^create\s+virtual\s+table\b/i.test(sql) ? sql : undefined;
}

function classifyCreate(statement: Statement): Classified {
  const kinds = statement.words.filter((word) => !['unique', 'if', 'not', 'exists'].includes(word));
  const [, kind = ''] = kinds;
  if (kind === 'table') {
    const { name, rest } = requireNamed(statement, /^create\s+table\s+(?:if\s+not\s+exists\s+)?/i);
    // Columns, or else a query, which may never end.
    if (!columnsFollow.test(rest)) throw forbidden(statement, 'CREATE TABLE … AS SELECT');
    return { kind: 'table', name, virtual: false };
  }
  if (kind === 'virtual') {
    const name = requireName(statement, /^create\s+virtual\s+table\s+(?:if\s+not\s+exists\s+)?/i);
    return { kind: 'table', name, virtual: true };
  }
  if (kind === 'index' || kind === 'view' || kind === 'trigger') {
    const pattern = new RegExp(`^create\\s+(?:unique\\s+)?${kind}\\s+(?:if\\s+not\\s+exists\\s+)?`, 'i');
    return { kind: 'later', object: kind, name: requireName(statement, pattern) };
  }
  throw forbidden(statement, `CREATE ${kind.toUpperCase()}`);
}

function classifyDelete(statement: Statement): Classified {
  const before = /^delete\s+from\s+/i;
  const table = tableOf(statement, before);
  if (table === 'sqlite_sequence') return { kind: 'sequence-reset' };
  const whole = /^delete\s+from\s+(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|\w+)\s*;?$/i;
  if (table === undefined || /^sqlite_/i.test(table) || !whole.test(headOf(statement)))
    throw forbidden(statement, 'DELETE');
  return { kind: 'empty', table };
}

/** Our own cure for a line break within a schema literal: the exact text is put back after the table is made. */
function classifyUpdate(statement: Statement): Classified {
  const match =
    /^UPDATE sqlite_master SET sql=CAST\(X'([0-9A-F]+)' AS TEXT\) WHERE type='table' AND name='((?:[^']|'')*)';?$/i.exec(
      statement.bytes.toString('utf8'),
    );
  if (!match) throw forbidden(statement, 'UPDATE');
  const sql = Buffer.from(match[1] as string, 'hex').toString('utf8');
  return { kind: 'schema-text', sql, name: (match[2] as string).replaceAll("''", "'") };
}

function requireName(statement: Statement, before: RegExp): string {
  return requireNamed(statement, before).name;
}

function requireNamed(statement: Statement, before: RegExp): Named {
  const named = nameAfter(statement, before);
  if (named === undefined) throw notADump(statement);
  return named;
}

const columnsFollow = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*\(/;

const nameToken = /^(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|`((?:[^`]|``)*)`|\[([^\]]*)\]|([^\s("'`[.;]+))/;

interface Named {
  name: string;
  /** What stands behind it. */
  rest: string;
}

function tableOf(statement: Statement, before: RegExp): string | undefined {
  return nameAfter(statement, before)?.name;
}

/** The name that follows, with `main.` before it or not, out of its quotes. */
function nameAfter(statement: Statement, before: RegExp): Named | undefined {
  const head = headOf(statement);
  const start = before.exec(head)?.[0].length;
  if (start === undefined) return undefined;
  const rest = head.slice(start).replace(/^"?main"?\s*\.\s*/i, '');
  const match = nameToken.exec(rest);
  if (!match) return undefined;
  const [, double, single, back, bracket, bare] = match;
  const name =
    double?.replaceAll('""', '"') ??
    single?.replaceAll("''", "'") ??
    back?.replaceAll('``', '`') ??
    bracket ??
    bare;
  return name === undefined ? undefined : { name, rest: rest.slice(match[0].length) };
}

/** Enough of a statement to read its names, comments taken out. */
function headOf({ bytes }: Statement): string {
  return bytes
    .toString('utf8', 0, Math.min(bytes.length, 4096))
    .replace(/\/\*[\s\S]*?\*\/|--[^\n]*\n/g, (comment, at: number) => (at < 200 ? ' ' : comment));
}

const otherCommands = new Set(
  'attach detach vacuum select with update delete alter reindex savepoint release explain'.split(' '),
);

function isOtherCommand(word: string): boolean {
  return otherCommands.has(word);
}

export function forbidden(statement: Statement, what: string): BackupError {
  return new BackupError(
    'forbidden-statement',
    `Line ${statement.line} holds what has no business in a dump: ${what}.`,
    'Nothing of it was run on your database. Check where the file came from.',
  );
}

export function notADump({ bytes, line }: Statement): BackupError {
  const start = bytes.toString('utf8', 0, 60).replace(/\s+/g, ' ').trim();
  return new BackupError(
    start.startsWith('.') ? 'forbidden-statement' : 'not-a-dump',
    `Line ${line} is no statement of a SQLite dump: ${start}`,
    'Check that this is a backup of a SQLite database.',
  );
}
