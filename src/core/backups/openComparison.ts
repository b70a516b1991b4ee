import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { workFolder } from '../files/privateFolder.ts';
import type { TableDifference } from '../look.ts';
import { compareDatabases } from '../sqlite/compare.ts';
import { type DifferencePages, pagesOfOne, pagesOfPair } from '../sqlite/differencePages.ts';
import type { Connection } from '../sqlite/engine.ts';
import { pairTables } from '../sqlite/pairTables.ts';
import { schemaScript } from '../sqlite/schemaScript.ts';
import { listTables } from '../sqlite/tables.ts';
import type { TableChange, Task, Warning } from '../task.ts';
import type { Resources } from './resources.ts';
import { defaultShape } from './stage.ts';

/** One side of a comparison: a database that stands still. */
export interface Side {
  connection: Connection;
  /** Absolute path of the file it came from. */
  file: string;
  warnings: Warning[];
  close(): Promise<void>;
}

/** Two databases, compared, and open for their rows to be looked at. */
export interface Comparison {
  id: string;
  before: string;
  after: string;
  tables: TableDifference[];
  pages: Map<string, DifferencePages>;
  /** Both stand still: the live database as it was when it was compared. */
  sides: { before: Connection; after: Connection };
  schema: { before: string; after: string };
  warnings: Warning[];
  close(): Promise<void>;
}

/**
 * The live database as it is at this moment: a private copy, since holding a snapshot open would keep others from
 * writing. It goes when the side is closed.
 */
export async function liveSide(file: string, resources: Resources, task: Task): Promise<Side> {
  const engine = await resources.engine();
  if (!(await engine.shapeOf(file))) {
    const connection = await engine.openStaging({ path: ':memory:', ...defaultShape });
    return { connection, file, warnings: [], close: async () => connection.close() };
  }
  const work = await workFolder(resources.home);
  try {
    const copy = join(work.path, 'live.sqlite3');
    await engine.copyOut(file, copy, task);
    const connection = await engine.openPrivate(copy);
    const close = async () => {
      connection.close();
      await work[Symbol.asyncDispose]();
    };
    return { connection, file, warnings: [], close };
  } catch (error) {
    await work[Symbol.asyncDispose]();
    throw error;
  }
}

/** Compares two sides row by row. They are the comparison's from here on: closed with it, or where this fails. */
export async function compareSides(before: Side, after: Side, task: Task): Promise<Comparison> {
  const close = async () => {
    await before.close();
    await after.close();
  };
  try {
    const changes = await compareDatabases(before.connection, after.connection, task);
    const { tables, pages } = describeTables(before.connection, after.connection, changes);
    return {
      id: randomUUID(),
      before: before.file,
      after: after.file,
      tables,
      pages,
      sides: { before: before.connection, after: after.connection },
      schema: { before: schemaScript(before.connection), after: schemaScript(after.connection) },
      warnings: [...before.warnings, ...after.warnings],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The pages of one table's differences. @throws BackupError no-such-table */
export function tableIn({ tables, pages }: Comparison, name: string) {
  const [table, its] = [tables.find((one) => one.name === name), pages.get(name)];
  if (table && its) return { table, pages: its };
  throw new BackupError('no-such-table', `Neither side has a table ${name}.`, 'Choose one that is there.');
}

function describeTables(before: Connection, after: Connection, changes: TableChange[]) {
  const pairs = new Map(pairTables(before, after).map((pair) => [pair.name, pair]));
  const [old, fresh] = [listTables(before), listTables(after)];
  const pages = new Map<string, DifferencePages>();
  const tables = changes.map(({ name, rowsNow, rowsAfter, added = 0, removed = 0, changed = 0 }) => {
    const common = { name, rowsBefore: rowsNow, rowsAfter, added, removed, changed };
    const pair = pairs.get(name);
    if (pair) {
      pages.set(name, pagesOfPair(before, after, pair));
      const { columns, key } = pair;
      const only = (side: { columns: string[] }) =>
        side.columns.filter((column) => !columns.includes(column));
      return { ...common, columns, key, columnsBefore: only(pair.before), columnsAfter: only(pair.after) };
    }
    const isNew = rowsNow === null;
    const facts = (isNew ? fresh : old).find((one) => one.name === name);
    const [columns, key] = [facts?.columns ?? [], facts?.key ?? []];
    pages.set(name, pagesOfOne(isNew ? after : before, isNew ? 'added' : 'removed', name, columns));
    return { ...common, columns, key, columnsBefore: [], columnsAfter: [] };
  });
  return { tables, pages };
}
