import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { workFolder } from '../files/privateFolder.ts';
import type { ChosenRows } from '../look.ts';
import type { RestoreAnswer } from '../service.ts';
import { applyDifference } from '../sqlite/applyDifference.ts';
import { checkIntegrity, foreignKeyProblems, newForeignKeyProblems } from '../sqlite/check.ts';
import { differences, pairTables } from '../sqlite/compare.ts';
import type { Connection } from '../sqlite/engine.ts';
import { bringParents, missingParents } from '../sqlite/missingParents.ts';
import { quoteName } from '../sqlite/names.ts';
import { readSchema } from '../sqlite/schema.ts';
import type { TableChange, Task } from '../task.ts';
import { commitDatabase } from './commitDatabase.ts';
import { confirmRestore } from './confirm.ts';
import { contentsOf } from './describe.ts';
import type { Comparison } from './openComparison.ts';
import type { Resources } from './resources.ts';
import { settleUndo } from './settleUndo.ts';

/**
 * Brings back chosen rows of a backup, and nothing else: into a private copy of the live database as it is now, whose
 * foreign keys are checked, and which is then committed like a restore, with undo. All of them or none.
 * @param withParents brings along, out of the backup, rows that the chosen ones refer to and that are not there
 * @throws BackupError changed-meanwhile, row-refused, parents-missing, no-such-table, not-confirmed, and as a restore
 */
export async function takeBack(
  comparison: Comparison,
  { chosen, withParents = false }: { chosen: ChosenRows[]; withParents?: boolean | undefined },
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const { before: livePath, after: file, sides } = comparison;
  const engine = await resources.engine();
  return withLock(resources.home, livePath, `a restore of ${livePath}`, task, async () => {
    await settleUndo(livePath, resources, task);
    await using work = await workFolder(resources.home);
    const stagingPath = join(work.path, 'staging.sqlite3');
    const stage = async () => {
      await rm(stagingPath, { force: true });
      await engine.copyOut(livePath, stagingPath, task);
      const connection = await engine.openToChange(stagingPath);
      try {
        return await applyAll(connection, sides.before, sides.after, { chosen, withParents }, task);
      } finally {
        connection.close();
      }
    };
    const { changes, contents } = await stage();
    const warnings = comparison.warnings.filter(({ code }) => code !== 'foreign-key');
    const question = { target: livePath, from: basename(file), tables: changes, warnings, part: true };
    await confirmRestore({ action: 'restore', ...question }, task);
    const request = { stagingPath, livePath, from: basename(file), keepUndo: true, restage: stage };
    const { undo, warnings: more } = await commitDatabase(request, resources, task);
    const rows = changes.reduce(
      (sum, { added = 0, removed = 0, changed = 0 }) => sum + added + removed + changed,
      0,
    );
    return {
      restored: { file, target: livePath, tables: changes.length, rows },
      changes: changes.map((change) => ({
        ...change,
        rowsAfter: contents.get(change.name) ?? change.rowsAfter,
      })),
      undo: undo?.id ?? null,
      warnings: [...warnings, ...more],
    };
  });
}

async function applyAll(
  staging: Connection,
  before: Connection,
  after: Connection,
  { chosen, withParents }: { chosen: ChosenRows[]; withParents: boolean },
  task: Task,
): Promise<{ changes: TableChange[]; contents: Map<string, number> }> {
  const counts = () => new Map(contentsOf(staging).tableRows.map(({ name, rows }) => [name, rows]));
  const now = counts();
  const broken = foreignKeyProblems(staging);
  const missing = withParents ? missingParents(staging) : undefined;
  const { triggers } = readSchema(staging);
  const changes: TableChange[] = [];
  staging.exec('BEGIN');
  try {
    // Triggers would do to the rows what they did once already.
    for (const { name } of triggers) staging.exec(`DROP TRIGGER main.${quoteName(name)}`);
    for (const one of chosen) changes.push(await applyTable(staging, before, after, one, task));
    if (missing) {
      const brought = bringParents(staging, after, pairTables(before, after), missing);
      for (const [name, rows] of brought) addRows(changes, name, rows);
    }
    for (const { sql } of triggers) staging.exec(sql);
    requireParents(staging, broken);
    staging.exec('COMMIT');
  } catch (error) {
    staging.exec('ROLLBACK');
    throw error;
  }
  checkIntegrity(staging, 'quick');
  const contents = counts();
  return {
    contents,
    changes: changes.map((change) => ({
      ...change,
      rowsNow: now.get(change.name) ?? null,
      rowsAfter: contents.get(change.name) ?? null,
    })),
  };
}

/** What goes makes room before what comes: a unique value may move from one row to another. */
async function applyTable(
  staging: Connection,
  before: Connection,
  after: Connection,
  { table: name, rows }: ChosenRows,
  task: Task,
): Promise<TableChange> {
  const table = pairTables(before, after).find((one) => one.name === name);
  if (!table || table.before.virtual) {
    throw new BackupError(
      'no-such-table',
      `Rows of ${name} cannot be brought back alone: it is not an ordinary table on both sides.`,
      'Restore the backup as a whole.',
    );
  }
  const wanted = rows === 'all' ? undefined : new Set(rows);
  const change = { name, rowsNow: null, rowsAfter: null, added: 0, removed: 0, changed: 0 };
  for (const kind of ['removed', 'changed', 'added'] as const) {
    let position = -1;
    for (const row of differences(before, after, table)) {
      if (!row) {
        await setImmediate();
        throwIfCancelled(task.signal);
        continue;
      }
      position++;
      if (row.kind !== kind || wanted?.has(position) === false) continue;
      applyDifference(staging, after, table, row);
      change[kind]++;
    }
  }
  return change;
}

function addRows(changes: TableChange[], name: string, rows: number): void {
  const change = changes.find((one) => one.name === name);
  if (change) change.added = (change.added ?? 0) + rows;
  else changes.push({ name, rowsNow: null, rowsAfter: null, added: rows, removed: 0, changed: 0 });
}

/** What was broken before stays as it is; nothing more may be. */
function requireParents(staging: Connection, before: ReturnType<typeof foreignKeyProblems>): void {
  for (const { table, parent, rows } of newForeignKeyProblems(staging, before)) {
    throw new BackupError(
      'parents-missing',
      `${rows} rows of ${table} would refer to rows of ${parent} that are not there.`,
      `Nothing was changed. Take back those rows of ${parent} as well, or have them brought along (--with-parents).`,
    );
  }
}
