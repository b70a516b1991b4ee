import { BackupError } from '../errors.ts';
import { applyDifference, exactValues } from './applyDifference.ts';
import { differences, type RowDifference } from './compare.ts';
import type { Connection } from './engine.ts';
import type { ExactValues } from './exactValues.ts';
import { quoteName } from './names.ts';
import type { ComparedTable } from './pairTables.ts';
import { rowName, runForRow } from './rowProblem.ts';

type Changed = Extract<RowDifference, { kind: 'changed' }>;

/** The sides of a comparison, and a private copy of the first, which is to become like the second. */
export interface Sides {
  target: Connection;
  before: Connection;
  after: Connection;
}

/**
 * Brings the rows of a table that differ, or some of them, to what the other side has. What goes makes room before what
 * comes: a unique value may move from one row to another, or two rows may swap theirs.
 * @param wanted positions among the differences; all where left out
 * @yields the kind of each difference that was applied; null in between, for the caller to let the thread breathe
 * @throws BackupError changed-meanwhile, row-refused with the row's name
 */
export function* applyDifferences(
  { target, before, after }: Sides,
  table: ComparedTable,
  wanted?: ReadonlySet<number>,
): Generator<RowDifference['kind'] | null, void> {
  for (const kind of ['removed', 'changed', 'added'] as const) {
    const inTheWay: Changed[] = [];
    let position = -1;
    for (const row of differences(before, after, table)) {
      if (!row) {
        yield null;
        continue;
      }
      position++;
      if (row.kind !== kind || wanted?.has(position) === false) continue;
      if (row.kind !== 'changed') applyDifference(target, after, table, row);
      else if (!isApplied(target, after, table, row)) {
        inTheWay.push(row);
        continue;
      }
      yield kind;
    }
    yield* exchange(target, after, table, inTheWay);
  }
}

/** False where another row has what this one is to get. */
function isApplied(target: Connection, source: Connection, table: ComparedTable, row: Changed): boolean {
  try {
    applyDifference(target, source, table, row);
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'row-refused') return false;
    throw error;
  }
}

/** Takes all of the rows out before the first of them is put back. What no side compared stays in them. */
function* exchange(
  target: Connection,
  source: Connection,
  table: ComparedTable,
  rows: Changed[],
): Generator<'changed'> {
  const taken = rows.map((row) => ({ row, held: takeOut(target, table, row) }));
  for (const { row, held } of taken) {
    const changed = row.changed.map((at) => table.columns[at]!);
    const fresh = exactValues(source, target, table, row.after, changed);
    for (const [at, column] of changed.entries()) {
      const to = held.columns.indexOf(column);
      held.terms[to] = fresh.terms[at]!;
      held.values[to] = fresh.values[at]!;
    }
    const names = held.columns.map(quoteName).join(', ');
    const sql = `INSERT INTO main.${quoteName(table.name)} (${names}) VALUES (${held.terms.join(', ')})`;
    const { name, key, columns } = table;
    runForRow(target, { sql, values: held.values }, name, () => rowName(key, columns, row.before));
    yield row.kind;
  }
}

function takeOut(
  target: Connection,
  table: ComparedTable,
  row: Changed,
): ExactValues & { columns: string[] } {
  const { rowid, columns: stored } = table.before;
  const columns = [...new Set(rowid === undefined ? stored : [rowid, ...stored])];
  const held = exactValues(target, target, table, row.before, columns);
  applyDifference(target, target, table, { kind: 'removed', before: row.before });
  return { ...held, columns };
}
