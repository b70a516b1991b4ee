import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';
import type { TableChange, Task } from '../task.ts';
import { countByJoin, joinsByNumber, putBeside } from './compareByJoin.ts';
import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import { compareValues, sameValue } from './order.ts';
import { type ComparedTable, pairTables } from './pairTables.ts';
import { countRows, listTables } from './tables.ts';

/** One row that differs; `changed` are positions in the table's `columns`. */
export type RowDifference =
  | { kind: 'added'; after: SqlValue[] }
  | { kind: 'removed'; before: SqlValue[] }
  | { kind: 'changed'; before: SqlValue[]; after: SqlValue[]; changed: number[] };

/** Rows read between two pauses of {@link differences}: a few milliseconds. */
const pauseEvery = 20_000;

/**
 * The rows that differ, in key order, streamed: both sides are read once, side by side, and nothing is held.
 * The two connections must stand still (a snapshot, a private file). SQLite is read synchronously, so `null` comes in
 * between, for the caller to let the thread breathe and to notice a cancellation.
 */
export function* differences(
  before: Connection,
  after: Connection,
  table: ComparedTable,
): Generator<RowDifference | null, void> {
  if (table.columns.length === 0) return;
  const left = before.rows(selectInOrder(before, table));
  const right = after.rows(selectInOrder(after, table));
  const keys = keyPositions(table);
  let a = left.next();
  let b = right.next();
  for (let read = 1; !a.done || !b.done; read++) {
    if (read % pauseEvery === 0) yield null;
    const order = a.done ? 1 : b.done ? -1 : compareKeys(a.value, b.value, keys);
    if (order < 0) {
      yield { kind: 'removed', before: a.value as SqlValue[] };
      a = left.next();
    } else if (order > 0) {
      yield { kind: 'added', after: b.value as SqlValue[] };
      b = right.next();
    } else {
      const changed = changedColumns(a.value as SqlValue[], b.value as SqlValue[]);
      if (changed.length > 0) yield { kind: 'changed', before: a.value, after: b.value, changed };
      a = left.next();
      b = right.next();
    }
  }
}

/**
 * Rows added, removed and changed per table of either side; tables on one side only count all their rows.
 * @param afterPath where `after` is a private file that may be opened a second time, which makes it faster
 */
export async function compareDatabases(
  before: Connection,
  after: Connection,
  task: Pick<Task, 'signal' | 'report'>,
  afterPath?: string,
): Promise<TableChange[]> {
  const joined = afterPath !== undefined && putBeside(before, afterPath);
  const pairs = new Map(pairTables(before, after).map((table) => [table.name, table]));
  const beforeNames = listTables(before).map(({ name }) => name);
  const afterNames = listTables(after).map(({ name }) => name);
  const all = [...new Set([...beforeNames, ...afterNames])].sort();
  const changes: TableChange[] = [];
  for (const [index, name] of all.entries()) {
    task.report({ phase: 'comparing', done: index, total: all.length, item: name });
    const rowsNow = beforeNames.includes(name) ? countRows(before, name) : null;
    const rowsAfter = afterNames.includes(name) ? countRows(after, name) : null;
    const table = pairs.get(name);
    const counts = table
      ? joined && joinsByNumber(table)
        ? await countJoined(before, table, rowsNow!, rowsAfter!, task.signal)
        : await countDifferences(differences(before, after, table), task.signal)
      : { added: rowsAfter ?? 0, removed: rowsNow ?? 0, changed: 0 };
    changes.push({ name, rowsNow, rowsAfter, ...counts });
  }
  return changes;
}

async function countJoined(
  before: Connection,
  table: ComparedTable,
  rowsNow: number,
  rowsAfter: number,
  signal: AbortSignal,
) {
  const counting = countByJoin(before, table);
  for (;;) {
    const { done, value } = counting.next();
    if (done)
      return { added: rowsAfter - value.common, removed: rowsNow - value.common, changed: value.changed };
    await setImmediate();
    throwIfCancelled(signal);
  }
}

async function countDifferences(rows: Iterable<RowDifference | null>, signal: AbortSignal) {
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const row of rows) {
    if (row) {
      counts[row.kind]++;
      continue;
    }
    await setImmediate();
    throwIfCancelled(signal);
  }
  return counts;
}

/** Without a key every column orders, so that equal rows of both sides meet. */
function selectInOrder(connection: Connection, { name, key, columns }: ComparedTable): string {
  const inOrder = orderIn(connection);
  const order = (key.length > 0 ? key : columns).map((column) => inOrder(quoteName(column)));
  return `SELECT ${columns.map(quoteName).join(', ')} FROM main.${quoteName(name)} ORDER BY ${order.join(', ')}`;
}

/** BINARY compares the bytes that are stored: those of UTF-16 have another order than those of UTF-8. */
function orderIn(connection: Connection): (column: string) => string {
  const [[encoding] = []] = connection.rows('PRAGMA encoding');
  if (encoding === 'UTF-8') return (column) => `${column} COLLATE BINARY`;
  connection.define('dbbackup_utf8', (text) => Buffer.from(String(text)));
  return (column) => `typeof(${column}) = 'blob', typeof(${column}) = 'text',
    CASE typeof(${column}) WHEN 'text' THEN dbbackup_utf8(${column}) ELSE ${column} END`;
}

function keyPositions({ key, columns }: ComparedTable): number[] {
  return key.length > 0 ? key.map((column) => columns.indexOf(column)) : columns.map((_, index) => index);
}

function compareKeys(a: SqlValue[], b: SqlValue[], positions: number[]): number {
  for (const at of positions) {
    const order = compareValues(a[at] as SqlValue, b[at] as SqlValue);
    if (order !== 0) return order;
  }
  return 0;
}

function changedColumns(a: SqlValue[], b: SqlValue[]): number[] {
  const changed: number[] = [];
  for (let at = 0; at < a.length; at++) {
    if (!sameValue(a[at] as SqlValue, b[at] as SqlValue)) changed.push(at);
  }
  return changed;
}
