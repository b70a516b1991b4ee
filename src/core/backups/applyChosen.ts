import { setImmediate } from 'node:timers/promises';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { ChosenRows } from '../look.ts';
import { applyDifferences, type Sides } from '../sqlite/applyDifferences.ts';
import { checkIntegrity, foreignKeyProblems, newForeignKeyProblems } from '../sqlite/check.ts';
import { contentsOf } from '../sqlite/contents.ts';
import { copyRows, makeTable } from '../sqlite/copyTable.ts';
import type { Connection } from '../sqlite/engine.ts';
import { bringParents, missingParents, nameMissing } from '../sqlite/missingParents.ts';
import { quoteName } from '../sqlite/names.ts';
import { pairTables } from '../sqlite/pairTables.ts';
import { readSchema } from '../sqlite/schema.ts';
import { indexTriggers, rebuildSearchIndexes } from '../sqlite/searchIndexes.ts';
import { listTables } from '../sqlite/tables.ts';
import type { TableChange, Task } from '../task.ts';

/** Rows that are put back between two looks at the signal. */
const reportEvery = 2000;

/** What is brought back, and whether the rows that it refers to come along. */
export interface Chosen {
  chosen: ChosenRows[];
  withParents: boolean;
}

/**
 * Brings chosen rows and tables into a private copy of the live database, in one transaction whose foreign keys are
 * checked. Triggers do not run, but for those that keep a search index; search indexes of other tables are built anew.
 * @returns what has changed, and how many rows each table has now
 * @throws BackupError no-such-table, changed-meanwhile, row-refused, parents-missing: nothing is changed then
 */
export async function applyChosen(
  sides: Sides,
  { chosen, withParents }: Chosen,
  task: Task,
): Promise<{ changes: TableChange[]; contents: Map<string, number> }> {
  const { target } = sides;
  const counts = () => new Map(contentsOf(target).tableRows.map(({ name, rows }) => [name, rows]));
  const now = counts();
  const broken = foreignKeyProblems(target);
  const missing = withParents ? missingParents(target) : undefined;
  const keepers = indexTriggers(target);
  const triggers = readSchema(target).triggers.filter(({ name }) => !keepers.has(name));
  const later = triggers.map(({ sql }) => sql);
  const changes: TableChange[] = [];
  target.exec('BEGIN');
  try {
    // Triggers would do to the rows what they did once already.
    for (const { name } of triggers) target.exec(`DROP TRIGGER main.${quoteName(name)}`);
    for (const one of chosen) changes.push(await applyTable(sides, one, later, task));
    if (missing) {
      const brought = bringParents(target, sides.after, pairTables(sides.before, sides.after), missing);
      for (const [name, rows] of brought) addRows(changes, name, rows);
    }
    rebuildSearchIndexes(
      target,
      changes.map(({ name }) => name),
    );
    for (const sql of later) target.exec(sql);
    requireParents(sides, broken, withParents);
    target.exec('COMMIT');
  } catch (error) {
    target.exec('ROLLBACK');
    throw error;
  }
  checkIntegrity(target, 'quick');
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

/** @param later where statements go that are to be run when all rows are there */
async function applyTable(
  sides: Sides,
  { table: name, rows }: ChosenRows,
  later: string[],
  task: Task,
): Promise<TableChange> {
  const { target, before, after } = sides;
  const wanted = rows === 'all' ? undefined : new Set(rows);
  const change = { name, rowsNow: null, rowsAfter: null, added: 0, removed: 0, changed: 0 };
  const paired = pairTables(before, after).find((one) => one.name === name);
  const source = listTables(after).find((one) => one.name === name);
  if (!source || source.virtual || paired?.before.virtual) throw notAlone(name, paired ?? source);
  let done = 0;
  if (paired) {
    requireSameColumns(target, paired.before);
    for (const kind of applyDifferences(sides, paired, wanted)) {
      if (kind === null) await breathe(task);
      else change[kind]++;
      if (kind !== null && ++done % reportEvery === 0) {
        task.report({ phase: 'writing', item: name, done, unit: 'rows' });
        await breathe(task);
      }
    }
  } else {
    later.push(...makeTable(after, target, name));
    for (const step of copyRows(after, target, source, wanted)) {
      if (step !== undefined) change.added++;
      else {
        task.report({ phase: 'writing', item: name, done: change.added, unit: 'rows' });
        await breathe(task);
      }
    }
  }
  return change;
}

async function breathe(task: Task): Promise<void> {
  await setImmediate();
  throwIfCancelled(task.signal);
}

function addRows(changes: TableChange[], name: string, rows: number): void {
  const change = changes.find((one) => one.name === name);
  if (change) change.added = (change.added ?? 0) + rows;
  else changes.push({ name, rowsNow: null, rowsAfter: null, added: rows, removed: 0, changed: 0 });
}

function requireSameColumns(
  target: Connection,
  { name, columns }: { name: string; columns: string[] },
): void {
  const now = listTables(target).find((one) => one.name === name);
  if (now?.columns.join('\0') === columns.join('\0')) return;
  throw new BackupError(
    'changed-meanwhile',
    `Table ${name} has other columns than when it was compared.`,
    'Compare again. Nothing was changed.',
  );
}

/** What was broken before stays as it is; nothing more may be. */
function requireParents(
  { target, before }: Sides,
  broken: ReturnType<typeof foreignKeyProblems>,
  withParents: boolean,
): void {
  const [problem] = newForeignKeyProblems(target, broken);
  if (!problem) return;
  const { table, parent } = problem;
  const named = nameMissing(target, before, problem);
  throw new BackupError(
    'parents-missing',
    `Rows of ${table}${named.children} would refer to rows of ${parent} that are not there${named.parents}.`,
    withParents
      ? `Nothing was changed. The backup does not have those rows of ${parent} either.`
      : `Nothing was changed. Take back those rows of ${parent} as well, or have them brought along (--with-parents).`,
  );
}

function notAlone(name: string, found: object | undefined): BackupError {
  return found
    ? new BackupError(
        'no-such-table',
        `${name} is a virtual table: rows of it cannot be brought back alone.`,
        'A search index over another table follows when the rows of that table are brought back. Else restore the backup as a whole.',
      )
    : new BackupError(
        'no-such-table',
        `The backup has no table ${name}.`,
        'Only a restore of the whole backup makes it go.',
      );
}
