import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';
import { ChunkWriter } from '../files/chunkWriter.ts';
import type { Progress, Warning } from '../task.ts';
import type { Connection } from './engine.ts';
import type { RowBatch } from './exactRows.ts';
import { quoteText } from './literals.ts';
import { quoteName } from './names.ts';
import { recordHeader, writeRecord } from './record.ts';
import { defineRowFunctions, rowBatches } from './rowBatches.ts';
import { insertHead, readSchema, type Schema, type SchemaObject, type SchemaTable } from './schema.ts';
import { onOneLine, withExpressions } from './schemaText.ts';
import { countRows } from './tables.ts';
import { virtualTableRows } from './virtualTables.ts';

export interface DumpOptions {
  signal: AbortSignal;
  report?: (progress: Progress) => void;
  /** Facts for the dump's own record: alias, host, date, commit. */
  record: Record<string, string>;
}

/** What went into a dump. */
export interface DumpFacts {
  tables: number;
  rows: number;
  tableRows: { name: string; rows: number }[];
  warnings: Warning[];
}

/**
 * A database as SQL text in the form that every django-dbbackup since 3.0.4, the sqlite3 shell and this program restore
 * in full: one statement a line, foreign keys off, one transaction, DROP before CREATE, INSERTs that name their columns,
 * indexes, views and triggers last. What is read is what the connection's transaction sees; only a chunk is in memory.
 * @returns how many tables and rows went in, and what could not be carried
 */
export async function* dump(
  connection: Connection,
  { signal, report, record }: DumpOptions,
): AsyncGenerator<Uint8Array, DumpFacts> {
  defineRowFunctions(connection);
  const schema = readSchema(connection);
  const facts: DumpFacts = { tables: 0, rows: 0, tableRows: [], warnings: [] };
  const chunks = new ChunkWriter();
  for (const part of allParts(connection, schema, facts, record, report)) {
    for (const chunk of chunks.add(part)) {
      throwIfCancelled(signal);
      yield chunk;
      // SQLite is read synchronously: whoever wants to cancel must be heard.
      await setImmediate();
    }
  }
  throwIfCancelled(signal);
  yield chunks.rest();
  return facts;
}

/** The dump in pieces; the bytes of one are good until the next is asked for. */
function* allParts(
  connection: Connection,
  schema: Schema,
  facts: DumpFacts,
  record: Record<string, string>,
  report: DumpOptions['report'],
): Generator<string | Uint8Array> {
  yield `${recordHeader}\nPRAGMA foreign_keys=OFF;\nPRAGMA encoding='UTF-8';\nBEGIN;\n`;
  yield `PRAGMA user_version=${schema.userVersion};\nPRAGMA application_id=${schema.applicationId};\n`;
  yield* dropLines(schema);
  const counted = function* (table: SchemaTable, rows: Iterable<RowBatch>, head: string) {
    report?.({ phase: 'reading', item: table.name, done: facts.rows, unit: 'rows' });
    const before = facts.rows;
    yield* insertLines(Buffer.from(head), rows, facts);
    facts.tableRows.push({ name: table.name, rows: facts.rows - before });
    facts.tables++;
  };
  for (const table of schema.tables) {
    yield* tableLines(table, facts);
    const { rowid, keepsRowid } = table;
    const columns = rowid !== undefined && keepsRowid ? [rowid, ...table.columns] : table.columns;
    const rows = rowBatches(connection, { table: table.name, columns, rowid });
    yield* counted(table, rows, insertHead(table.name, columns));
  }
  for (const table of schema.virtualTables) {
    yield `${onOneLine(table.sql).sql};\n`;
    const { columns, rows, after, elsewhere, warning } = virtualTableRows(connection, table);
    if (warning) facts.warnings.push(warning);
    yield* counted(table, rows, insertHead(table.name, columns));
    for (const line of after) yield `${line}\n`;
    // The record is compared with what is there once the index is built.
    const recorded = facts.tableRows.at(-1);
    if (elsewhere && recorded) recorded.rows = countRows(connection, table.name);
  }
  yield* sequenceLines(connection, schema);
  for (const objects of [schema.indexes, schema.views, schema.triggers]) {
    for (const object of objects) yield objectLine(object);
  }
  yield 'COMMIT;\nPRAGMA foreign_keys=ON;\n';
  yield writeRecord({ tables: facts.tableRows, facts: record });
}

function* dropLines({ triggers, views, virtualTables, tables }: Schema): Generator<string> {
  for (const { name } of triggers) yield `DROP TRIGGER IF EXISTS ${quoteName(name)};\n`;
  for (const { name } of views) yield `DROP VIEW IF EXISTS ${quoteName(name)};\n`;
  for (const { name } of [...virtualTables, ...tables]) yield `DROP TABLE IF EXISTS ${quoteName(name)};\n`;
}

/** Where a string in the schema holds a line break, the exact text is put back at once: a reader by lines cannot. */
function* tableLines(table: SchemaTable, facts: DumpFacts): Generator<string> {
  const { sql, exact } = onOneLine(table.sql);
  yield `${sql};\n`;
  if (exact) return;
  const text = Buffer.from(table.sql).toString('hex').toUpperCase();
  yield 'PRAGMA writable_schema=ON;\n';
  yield `UPDATE sqlite_master SET sql=CAST(X'${text}' AS TEXT) WHERE type='table' AND name=${quoteText(table.name)};\n`;
  yield 'PRAGMA writable_schema=OFF;\n';
  facts.warnings.push({
    code: 'schema-line-break',
    message: `The definition of table ${table.name} holds a string with a line break.`,
    hint: 'This program and the sqlite3 shell restore it exactly; a host that protects its schema may refuse that line.',
  });
}

function* insertLines(
  head: Buffer,
  batches: Iterable<RowBatch>,
  facts: DumpFacts,
): Generator<string | Uint8Array> {
  for (const { rows, values } of batches) {
    yield head;
    yield values;
    yield ';\n';
    facts.rows += rows;
  }
}

function* sequenceLines(connection: Connection, { hasSequence }: Schema): Generator<string> {
  if (!hasSequence) return;
  const rows = [...connection.rows('SELECT name, seq FROM sqlite_sequence ORDER BY name')];
  if (rows.length === 0) return;
  const names = rows.map(([name]) => quoteText(String(name)));
  yield `DELETE FROM sqlite_sequence WHERE name IN (${names.join(',')});\n`;
  for (const [index, [, seq]] of rows.entries()) {
    yield `INSERT INTO sqlite_sequence(name,seq) VALUES(${names[index]},${seq ?? 'NULL'});\n`;
  }
}

function objectLine({ sql }: SchemaObject): string {
  const { sql: line, exact } = onOneLine(sql);
  return `${exact ? line : onOneLine(withExpressions(sql)).sql};\n`;
}
