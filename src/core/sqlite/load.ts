import { isUtf8 } from 'node:buffer';
import { asError, BackupError, throwIfCancelled } from '../errors.ts';
import { peek } from '../files/readBytes.ts';
import type { Bytes, Progress, Warning } from '../task.ts';
import { classify, forbidden } from './classify.ts';
import type { Connection } from './engine.ts';
import { refuseForeignDump } from './foreign.ts';
import { quoteName } from './names.ts';
import { type DumpRecord, RecordReader } from './record.ts';
import { longestStatement, type Statement, splitStatements } from './statements.ts';
import { fromUtf8, type TextEncoding, textEncoding } from './textEncoding.ts';

export interface LoadOptions {
  signal: AbortSignal;
  report?: (progress: Progress) => void;
  /** Bytes; {@link longestStatement} where left out. */
  longest?: number;
}

export interface LoadResult {
  /** What the dump says of itself; undefined for dumps that are not ours. */
  record: DumpRecord | undefined;
  warnings: Warning[];
}

/** Rows are run in batches of about this many bytes. */
const batchBytes = 1 << 20;
const sniffBytes = 16 * 1024;
const semicolon = 0x3b;

/**
 * Loads a dump of any kind (ours, django-dbbackup 3.0 to 5.x, `sqlite3 .dump`, Python's iterdump) into a new staging
 * database. Objects are made in the order that works: tables and rows as they come, then each index, view and trigger
 * once. Only what a dump has business with is run; a row that will not go in fails the load.
 * @throws BackupError not-a-dump, foreign-engine, forbidden-statement, row-refused, damaged, over-limit
 */
export async function load(source: Bytes, staging: Connection, options: LoadOptions): Promise<LoadResult> {
  const { head, bytes } = await peek(source, sniffBytes);
  try {
    refuseForeignDump(head);
  } catch (error) {
    await bytes[Symbol.asyncIterator]().return?.();
    throw error;
  }
  const loader = new Loader(staging);
  try {
    for await (const part of splitStatements(bytes, options.longest ?? longestStatement)) {
      throwIfCancelled(options.signal);
      if ('comment' in part) loader.comment(part.comment);
      else loader.statement(part);
    }
    return loader.finish();
  } catch (error) {
    loader.abandon();
    throw error;
  }
}

class Loader {
  readonly #staging: Connection;
  readonly #encoding: TextEncoding;
  readonly #record = new RecordReader();
  readonly #warnings: Warning[] = [];
  readonly #tables = new Set<string>();
  readonly #shadows = new Map<string, 'skip' | 'replace'>();
  readonly #later = {
    index: new Map<string, Statement>(),
    view: new Map<string, Statement>(),
    trigger: new Map<string, Statement>(),
  };
  #rows: Buffer[] = [];
  #rowBytes = 0;
  #firstRow: { table: string; line: number } | undefined;

  constructor(staging: Connection) {
    this.#staging = staging;
    this.#encoding = textEncoding(staging);
    staging.exec('BEGIN');
  }

  /** Leaves the transaction, so that the database can be closed. What is in it is of no use any more. */
  abandon(): void {
    try {
      this.#staging.exec('ROLLBACK');
    } catch {
      // It may have ended with the error that brought us here.
    }
  }

  comment(comment: string): void {
    this.#record.see(comment);
  }

  statement(statement: Statement): void {
    const found = classify(statement);
    if (found.kind === 'insert') {
      this.#insert(found.table, statement);
      return;
    }
    if (found.kind === 'skip') return;
    if (found.kind === 'later') {
      const objects = this.#later[found.object];
      if (!objects.has(found.name))
        objects.set(found.name, { ...statement, bytes: Buffer.from(statement.bytes) });
      return;
    }
    this.#flush();
    switch (found.kind) {
      case 'pragma':
        // The encoding is the live database's; text means the same in each.
        if (!statement.words.includes('encoding')) this.#exec(textOf(statement), statement);
        return;
      case 'table':
        this.#createTable(found.name, found.virtual, textOf(statement), statement);
        return;
      case 'virtual-table':
        this.#createVirtualTable(found.sql, statement);
        return;
      case 'schema-text':
        this.#remake(found.name, found.sql, statement);
        return;
      case 'empty':
        if (!this.#shadows.has(found.table)) this.#exec(`DELETE FROM ${quoteName(found.table)};`, statement);
        return;
      case 'sequence-reset':
        this.#resetSequence();
    }
  }

  finish(): LoadResult {
    this.#flush();
    if (this.#record.cutOff) {
      throw new BackupError(
        'damaged',
        'This dump is cut off: its last lines are missing.',
        'Use another backup.',
      );
    }
    if (this.#tables.size === 0 && this.#record.record === undefined) {
      throw new BackupError(
        'not-a-dump',
        'This file holds no table: it is no dump of a database.',
        'Check that this is the file you mean.',
      );
    }
    for (const objects of [this.#later.index, this.#later.view, this.#later.trigger]) {
      for (const statement of objects.values()) this.#exec(textOf(statement), statement);
    }
    this.#staging.exec('COMMIT');
    return { record: this.#record.record, warnings: this.#warnings };
  }

  /** Old dumps name a table again before each batch of theirs; shadow tables come with their virtual table. */
  #createTable(name: string, virtual: boolean, sql: string, statement: Statement): void {
    if (this.#shadows.has(name) || this.#tables.has(name)) return;
    this.#exec(sql, statement);
    this.#tables.add(name);
    if (virtual) this.#noteShadows('skip');
  }

  /** In the shell's form the rows of a virtual table stand in its shadow tables alone. */
  #createVirtualTable(sql: string, statement: Statement): void {
    const inner = { ...statement, bytes: Buffer.from(sql), words: ['create', 'virtual', 'table'] };
    const found = classify(inner);
    if (found.kind !== 'table' || sql.includes(';')) throw forbidden(statement, 'a row for sqlite_schema');
    this.#exec(sql, statement);
    this.#tables.add(found.name);
    this.#noteShadows('replace');
  }

  #noteShadows(rows: 'skip' | 'replace'): void {
    for (const [name] of this.#staging.rows("SELECT name FROM pragma_table_list WHERE type = 'shadow'")) {
      if (!this.#shadows.has(String(name))) this.#shadows.set(String(name), rows);
    }
  }

  /** Puts back the exact text of a table whose definition holds a line break; it has no rows yet. */
  #remake(name: string, sql: string, statement: Statement): void {
    const inner = classify({ ...statement, bytes: Buffer.from(sql), words: wordsOf(sql) });
    if (inner.kind !== 'table' || inner.virtual || inner.name !== name) throw forbidden(statement, 'UPDATE');
    this.#exec(`DROP TABLE ${quoteName(name)};`, statement);
    this.#exec(sql, statement);
  }

  #resetSequence(): void {
    for (const _ of this.#staging.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")) {
      this.#staging.exec('DELETE FROM sqlite_sequence');
    }
  }

  #insert(table: string, statement: Statement): void {
    const shadow = this.#shadows.get(table);
    if (shadow === 'skip') return;
    if (shadow === 'replace' && !this.#tables.has(table)) {
      this.#flush();
      this.#staging.exec(`DELETE FROM ${quoteName(table)}`);
      this.#tables.add(table);
    }
    this.#firstRow ??= { table, line: statement.line };
    this.#rows.push(isUnusual(statement) ? Buffer.from(usual(statement)) : statement.bytes);
    if (statement.bytes.at(-1) !== semicolon) this.#rows.push(Buffer.from(';'));
    this.#rowBytes += statement.bytes.length;
    if (this.#rowBytes >= batchBytes) this.#flush();
  }

  #flush(): void {
    const first = this.#firstRow;
    if (!first) return;
    const sql = Buffer.concat(this.#rows);
    this.#rows = [];
    this.#rowBytes = 0;
    this.#firstRow = undefined;
    const text = isClean(sql) ? sql.toString('utf8') : repaired(sql);
    this.#run(
      this.#encoding === 'utf8' ? text : withBytesIn(this.#encoding, text),
      `A row from line ${first.line} on (${first.table})`,
    );
  }

  #exec(sql: string, statement: Statement): void {
    this.#run(sql, `Line ${statement.line} (${sql.slice(0, 60).replace(/\s+/g, ' ')})`);
  }

  #run(sql: string, where: string): void {
    try {
      this.#staging.exec(sql);
    } catch (error) {
      if (error instanceof BackupError) throw error;
      const reason = asError(error).message;
      const missing = /no such module: (\w+)/.exec(reason)?.[1];
      if (missing) throw engineCannot(missing);
      throw new BackupError(
        'row-refused',
        `${where} cannot be restored: ${reason}.`,
        'The dump is not complete in itself. Nothing was changed; use another backup.',
        { cause: error },
      );
    }
  }
}

function engineCannot(module: string): BackupError {
  return new BackupError(
    'engine-cannot',
    `This backup has a table of the module ${module}, which this build of SQLite does not have.`,
    'Restore it with Node 22.16 or later, whose own SQLite has it.',
  );
}

function wordsOf(sql: string): string[] {
  return (
    sql
      .slice(0, 200)
      .toLowerCase()
      .match(/[a-z_]+/g) ?? []
  );
}

function textOf({ bytes }: Statement): string {
  return isClean(bytes) ? bytes.toString('utf8') : repaired(bytes);
}

function isClean(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** Infinity as django-dbbackup writes it is no SQL literal. */
function isUnusual({ valueWords }: Statement): boolean {
  return valueWords?.some((word) => word === 'inf' || word === 'infinity' || word === 'nan') === true;
}

function usual(statement: Statement): string {
  return textOf(statement).replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(inf|infinity|nan)\b/gi,
    (found, word?: string) => {
      if (word === undefined) return found;
      return word.toLowerCase() === 'nan' ? 'NULL' : '9.0e+999';
    },
  );
}

/** Names, in which an apostrophe begins nothing, and texts. */
const quoted = /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'/g;
const castOrQuoted = new RegExp(`CAST\\(X'([0-9A-F]*)' AS TEXT\\)|${quoted.source}`, 'gi');

/** Bytes that stand for text are UTF-8 in every dump, and a cast takes them for the database's own encoding. */
function withBytesIn(encoding: TextEncoding, sql: string): string {
  return sql.replace(castOrQuoted, (found, hex?: string) =>
    hex === undefined
      ? found
      : `CAST(X'${fromUtf8(encoding, Buffer.from(hex, 'hex')).toString('hex')}' AS TEXT)`,
  );
}

/**
 * SQL as text ends at a NUL and must be UTF-8; literals that hold other bytes are written as hexadecimal, so that none is
 * lost. Read as latin1, every byte is one character.
 */
function repaired(bytes: Buffer): string {
  const rewritten = bytes.toString('latin1').replace(quoted, (literal) => {
    if (!literal.startsWith("'")) return literal;
    const content = Buffer.from(literal.slice(1, -1).replaceAll("''", "'"), 'latin1');
    return isClean(content) ? literal : `CAST(X'${content.toString('hex')}' AS TEXT)`;
  });
  return Buffer.from(rewritten, 'latin1').toString('utf8');
}
