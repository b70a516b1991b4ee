import { BackupError } from '../errors.ts';
import { closeUnread, peek } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import { type Classified, classify, forbidden } from './classify.ts';
import { refuseForeignDump } from './foreign.ts';
import { type DumpRecord, RecordReader } from './record.ts';
import { type Statement, splitStatements } from './statements.ts';
import { rowBytes, statementText } from './statementText.ts';

/**
 * What a dump asks a loader to do, in the order of the file. Each has been looked at: nothing is among them that a dump has
 * no business with. Plain data, so that it can go to another thread.
 */
export type DumpStep =
  /** Whole INSERTs of one table, UTF-8 without a NUL, about {@link batchBytes} together. The buffer is nobody else's. */
  | { kind: 'rows'; table: string; line: number; sql: Uint8Array<ArrayBuffer> }
  /** A setting that stays in the file. */
  | { kind: 'setting'; sql: string; line: number }
  | { kind: 'table'; name: string; virtual: boolean; sql: string; line: number }
  /** A virtual table that the shell wrote into sqlite_schema, with its rows in its shadow tables. */
  | { kind: 'virtual-table'; name: string; sql: string; line: number }
  /** A table that has no rows yet, to be made again with its exact text. */
  | { kind: 'again'; name: string; sql: string; line: number }
  /** A table is emptied before its rows. */
  | { kind: 'empty'; table: string; line: number }
  | { kind: 'sequence-reset' }
  /** To be made when all rows are in. */
  | { kind: 'later'; object: 'index' | 'view' | 'trigger'; name: string; sql: string; line: number }
  /** The dump is whole. What it says of itself; undefined for dumps that are not ours. */
  | { kind: 'end'; record: DumpRecord | undefined };

/** Rows are handed on in batches of about this many bytes. */
export const batchBytes = 1 << 18;
const sniffBytes = 16 * 1024;
const semicolon = Buffer.from(';');

/**
 * Reads a dump of any kind (ours, django-dbbackup 3.0 to 5.x, `sqlite3 .dump`, Python's iterdump) into what is to be done.
 * @param longest bytes of a statement
 * @throws BackupError not-a-dump, foreign-engine, forbidden-statement, damaged, over-limit
 */
export async function* dumpSteps(source: Bytes, longest?: number): AsyncGenerator<DumpStep> {
  const { head, bytes } = await peek(source, sniffBytes);
  try {
    refuseForeignDump(head);
  } catch (error) {
    await closeUnread(bytes);
    throw error;
  }
  const record = new RecordReader();
  const rows = new RowGatherer();
  for await (const part of splitStatements(bytes, longest)) {
    if ('comment' in part) record.see(part.comment);
    else yield* stepsOf(part, rows);
  }
  yield* rows.rest();
  if (record.cutOff) throw cutOff();
  yield { kind: 'end', record: record.record };
}

function* stepsOf(statement: Statement, rows: RowGatherer): Generator<DumpStep> {
  const found = classify(statement);
  if (found.kind === 'insert') {
    yield* rows.add(found.table, statement);
    return;
  }
  const step = stepOf(found, statement);
  if (!step) return;
  // What is made later has nothing to do with the rows that are being gathered.
  if (step.kind !== 'later') yield* rows.rest();
  yield step;
}

function stepOf(found: Exclude<Classified, { kind: 'insert' }>, statement: Statement): DumpStep | undefined {
  const { line } = statement;
  switch (found.kind) {
    case 'skip':
      return undefined;
    case 'pragma':
      // The encoding is the live database's; text means the same in each.
      if (statement.words.includes('encoding')) return undefined;
      return { kind: 'setting', sql: statementText(statement), line };
    case 'table':
      return { ...found, sql: statementText(statement), line };
    case 'virtual-table':
      return { ...found, name: nameOfVirtual(found.sql, statement), line };
    case 'schema-text':
      requireSameTable(found, statement);
      return { ...found, kind: 'again', line };
    case 'empty':
      return { ...found, line };
    case 'sequence-reset':
      return found;
    case 'later':
      return { ...found, sql: statementText(statement), line };
  }
}

/** What the shell wrote into sqlite_schema is looked at as if it stood in the dump itself. */
function nameOfVirtual(sql: string, statement: Statement): string {
  const inner = classify({ ...statement, bytes: Buffer.from(sql), words: ['create', 'virtual', 'table'] });
  if (inner.kind !== 'table' || sql.includes(';')) throw forbidden(statement, 'a row for sqlite_schema');
  return inner.name;
}

function requireSameTable({ name, sql }: { name: string; sql: string }, statement: Statement): void {
  const words =
    sql
      .slice(0, 200)
      .toLowerCase()
      .match(/[a-z_]+/g) ?? [];
  const inner = classify({ ...statement, bytes: Buffer.from(sql), words });
  if (inner.kind !== 'table' || inner.virtual || inner.name !== name) throw forbidden(statement, 'UPDATE');
}

/** Gathers INSERTs of one table, so that SQLite is not called for each. */
class RowGatherer {
  #parts: Uint8Array[] = [];
  #size = 0;
  #first: { table: string; line: number } | undefined;

  *add(table: string, statement: Statement): Generator<DumpStep> {
    if (this.#first && this.#first.table !== table) yield* this.rest();
    this.#first ??= { table, line: statement.line };
    this.#push(rowBytes(statement));
    if (statement.bytes.at(-1) !== semicolon[0]) this.#push(semicolon);
    if (this.#size >= batchBytes) yield* this.rest();
  }

  *rest(): Generator<DumpStep> {
    if (!this.#first) return;
    // Of its own, not of Node's pool, whose other parts would go with it to another thread.
    const sql = new Uint8Array(Buffer.allocUnsafeSlow(this.#size).buffer);
    let at = 0;
    for (const part of this.#parts) {
      sql.set(part, at);
      at += part.length;
    }
    const step: DumpStep = { kind: 'rows', ...this.#first, sql };
    this.#parts = [];
    this.#size = 0;
    this.#first = undefined;
    yield step;
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }
}

function cutOff(): BackupError {
  return new BackupError(
    'damaged',
    'This dump is cut off: its last lines are missing.',
    'Use another backup.',
  );
}
