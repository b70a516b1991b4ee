import { setImmediate } from 'node:timers/promises';
import { asError, BackupError, throwIfCancelled } from '../../errors.ts';
import type { MaskedColumn, Task } from '../../task.ts';
import { foreignKeyProblems, newForeignKeyProblems } from '../check.ts';
import type { Connection, SqlValue } from '../engine.ts';
import { quoteName } from '../names.ts';
import { readSchema } from '../schema.ts';
import { countRows } from '../tables.ts';
import type { MaskColumn } from './columns.ts';
import { type MaskPlan, planMask } from './plan.ts';
import { type MaskGroup, Replacer } from './replacer.ts';
import type { MaskRule } from './rules.ts';
import type { Original, StorageClass } from './values.ts';

/** Rows replaced between two looks at the signal. */
const batchRows = 5000;

/**
 * Replaces what the rules name, in one transaction, without running triggers: they would do again what they did once, and
 * could copy what is being replaced. The values that were there may remain in freed pages: build the file anew.
 * @param connection a private database, open to be changed
 * @throws BackupError mask-names-nothing, mask-breaks-constraint; nothing is changed then
 */
export async function applyMask(
  connection: Connection,
  rules: MaskRule[],
  secret: Uint8Array,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<MaskedColumn[]> {
  const plan = planMask(connection, rules);
  const broken = foreignKeyProblems(connection);
  const { triggers } = readSchema(connection);
  connection.exec('BEGIN');
  try {
    for (const { name } of triggers) connection.exec(`DROP TRIGGER main.${quoteName(name)}`);
    const masked = await replaceAll(connection, plan, secret, task);
    for (const { sql } of triggers) connection.exec(sql);
    requireParents(connection, broken);
    connection.exec('COMMIT');
    return masked;
  } catch (error) {
    connection.exec('ROLLBACK');
    throw error;
  }
}

async function replaceAll(
  connection: Connection,
  plan: MaskPlan,
  secret: Uint8Array,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<MaskedColumn[]> {
  const decode = decoderOf(connection);
  const sets = new Map<string, { terms: string[]; values: SqlValue[]; virtual: boolean }>();
  const masked: MaskedColumn[] = [];
  const add = (column: MaskColumn, kind: string, term: string, ...values: SqlValue[]) => {
    const { table, name, virtual } = column;
    const set = sets.get(table) ?? { terms: [], values: [], virtual };
    set.terms.push(`${quoteName(name)} = ${term}`);
    set.values.push(...values);
    sets.set(table, set);
    masked.push({ table, column: name, kind, rows: countRows(connection, table) });
  };
  const replacers = plan.groups.map((group) => {
    const replacer = new Replacer(group, secret);
    replacer.prepare(originalsOf(connection, group, decode));
    return replacer;
  });
  connection.define('dbbackup_mask', (at, type, content) => {
    const original = decode(type, content);
    const replaced = replacers[Number(at)]!.replace(original);
    // Made of a text by SQLite, its bytes would be those of the database's encoding.
    return original.type === 'blob' ? Buffer.from(replaced) : replaced;
  });
  for (const [at, { columns, kind }] of plan.groups.entries()) {
    for (const column of columns) add(column, kind, replacement(at, column));
  }
  for (const { column, value, kind } of plan.fixed) add(column, kind, '?', value);
  for (const [table, set] of sets) await update(connection, table, set, task);
  return masked.sort((a, b) => (`${a.table}\0${a.column}` < `${b.table}\0${b.column}` ? -1 : 1));
}

/** A value as the function is given it: text by its bytes, which a string would not carry whole. */
function contentOf(name: string): string {
  return `CASE typeof(${name}) WHEN 'real' THEN ${name} ELSE CAST(${name} AS BLOB) END`;
}

/** It is stored as what it was stored as. */
function replacement(at: number, column: MaskColumn): string {
  const name = quoteName(column.name);
  const call = `dbbackup_mask(${at}, typeof(${name}), ${contentOf(name)})`;
  return `CASE typeof(${name}) WHEN 'null' THEN NULL WHEN 'integer' THEN CAST(${call} AS INTEGER)
    WHEN 'real' THEN CAST(${call} AS REAL) ELSE ${call} END`;
}

type Decode = (type: SqlValue | undefined, content: SqlValue | undefined) => Original;

/** The same value is the same in databases of every encoding. */
function decoderOf(connection: Connection): Decode {
  const [[encoding] = []] = connection.rows('PRAGMA encoding');
  const decoder = new TextDecoder(String(encoding).toLowerCase(), { ignoreBOM: true });
  return (type, content) => {
    const stored = type as StorageClass;
    if (!(content instanceof Uint8Array)) {
      const text = String(Number(content));
      return { type: stored, text, bytes: Buffer.from(text) };
    }
    const text = stored === 'blob' ? Buffer.from(content).toString('utf8') : decoder.decode(content);
    const isExact = encoding === 'UTF-8' || stored === 'blob';
    // What a cursor gives is overwritten by its next row.
    return { type: stored, text, bytes: isExact ? Uint8Array.from(content) : Buffer.from(text) };
  };
}

/** All of them, the same ones again and again: told apart by SQLite, they would pass through a temporary file. */
function* originalsOf(connection: Connection, { columns }: MaskGroup, decode: Decode): Generator<Original> {
  for (const { table, name: column } of columns) {
    const name = quoteName(column);
    const sql = `SELECT typeof(${name}), ${contentOf(name)} FROM main.${quoteName(table)} WHERE ${name} IS NOT NULL`;
    for (const [type, content] of connection.rows(sql)) yield decode(type, content);
  }
}

async function update(
  connection: Connection,
  table: string,
  { terms, values, virtual }: { terms: string[]; values: SqlValue[]; virtual: boolean },
  { signal, report }: Pick<Task, 'signal' | 'report'>,
): Promise<void> {
  const sql = `UPDATE main.${quoteName(table)} SET ${terms.join(', ')}`;
  const rowid = virtual ? undefined : rowidOf(connection, table);
  const total = countRows(connection, table);
  let done = 0;
  for (const range of rowid === undefined ? [undefined] : ranges(connection, table, rowid)) {
    report({ phase: 'masking', item: table, done, total, unit: 'rows' });
    await setImmediate();
    throwIfCancelled(signal);
    const where = range ? ` WHERE ${rowid} >= ? AND ${rowid} <= ?` : '';
    run(connection, table, sql + where, [...values, ...(range ?? [])]);
    done += batchRows;
  }
}

/** The first and the last row's number of each batch. */
function* ranges(connection: Connection, table: string, rowid: string): Generator<[bigint, bigint]> {
  const from = `FROM main.${quoteName(table)}`;
  let next = first(connection, `SELECT min(${rowid}) ${from}`);
  while (next !== undefined) {
    const last = first(
      connection,
      `SELECT max(r) FROM (SELECT ${rowid} AS r ${from} WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT ${batchRows})`,
      next,
    );
    if (last === undefined) return;
    yield [next, last];
    next = first(connection, `SELECT min(${rowid}) ${from} WHERE ${rowid} > ?`, last);
  }
}

function first(connection: Connection, sql: string, ...values: SqlValue[]): bigint | undefined {
  for (const [value] of connection.rows(sql, ...values)) return typeof value === 'bigint' ? value : undefined;
  return undefined;
}

/** A name for the rowid that no column of its own hides; undefined for WITHOUT ROWID. */
function rowidOf(connection: Connection, table: string): string | undefined {
  const [[without] = []] = connection.rows('SELECT wr FROM pragma_table_list(?)', table);
  if (without === 1n) return undefined;
  const names = [...connection.rows('SELECT lower(name) FROM pragma_table_info(?)', table)].flat();
  return ['rowid', '_rowid_', 'oid'].find((name) => !names.includes(name));
}

function run(connection: Connection, table: string, sql: string, values: SqlValue[]): void {
  try {
    for (const _ of connection.rows(sql, ...values));
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const reason = asError(error).message;
    throw new BackupError(
      'mask-breaks-constraint',
      `Table ${table} does not take what the mask puts into it: ${reason}. Nothing was changed.`,
      'Give the column another kind, a fixed value that fits, or "keep".',
      { cause: error },
    );
  }
}

function requireParents(connection: Connection, before: ReturnType<typeof foreignKeyProblems>): void {
  for (const { table, parent, rows } of newForeignKeyProblems(connection, before)) {
    throw new BackupError(
      'mask-breaks-constraint',
      `Masked so, ${rows} rows of ${table} would refer to rows of ${parent} that are not there. Nothing was changed.`,
      'Leave the columns that refer to others out of the rules.',
    );
  }
}
