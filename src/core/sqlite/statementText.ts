import { isUtf8 } from 'node:buffer';
import type { Statement } from './statements.ts';

/** Names, in which an apostrophe begins nothing, and texts. */
export const quotedTokens = /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'/g;

/** A statement as SQL that SQLite takes: UTF-8 without a NUL, whatever stands in its literals. */
export function statementText({ bytes }: Pick<Statement, 'bytes'>): string {
  return isClean(bytes) ? bytes.toString('utf8') : repaired(bytes);
}

/** The bytes of rows as SQL, as {@link statementText}. */
export function rowBytes(statement: Statement): Buffer {
  if (isUnusual(statement)) return Buffer.from(usual(statement));
  return isClean(statement.bytes) ? statement.bytes : Buffer.from(repaired(statement.bytes));
}

function isClean(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** Infinity as django-dbbackup writes it is no SQL literal. */
function isUnusual({ valueWords }: Statement): boolean {
  return valueWords?.some((word) => word === 'inf' || word === 'infinity' || word === 'nan') === true;
}

function usual(statement: Statement): string {
  return statementText(statement).replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(inf|infinity|nan)\b/gi,
    (found, word?: string) => {
      if (word === undefined) return found;
      return word.toLowerCase() === 'nan' ? 'NULL' : '9.0e+999';
    },
  );
}

/**
 * SQL as text ends at a NUL and must be UTF-8; literals that hold other bytes are written as hexadecimal, so that none is
 * lost. Read as latin1, every byte is one character.
 */
function repaired(bytes: Buffer): string {
  const rewritten = bytes.toString('latin1').replace(quotedTokens, (literal) => {
    if (!literal.startsWith("'")) return literal;
    const content = Buffer.from(literal.slice(1, -1).replaceAll("''", "'"), 'latin1');
    return isClean(content) ? literal : `CAST(X'${content.toString('hex')}' AS TEXT)`;
  });
  return Buffer.from(rewritten, 'latin1').toString('utf8');
}
