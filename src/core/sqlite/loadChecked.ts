import { BackupError } from '../errors.ts';
import type { Task, Warning } from '../task.ts';
import { checkIntegrity, foreignKeyWarnings } from './check.ts';
import { type Contents, contentsOf } from './contents.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { Connection } from './engine.ts';
import { loadSteps } from './load.ts';
import type { DumpRecord } from './record.ts';

/** A dump that has been loaded to its end, and what came out of it. */
export interface Loaded extends Contents {
  record: DumpRecord | undefined;
  /** Rows whose parents the dump does not have. */
  warnings: Warning[];
}

/**
 * Loads a dump to its end into a staging database and checks what came out of it: the file, and the rows of each table
 * against the dump's own record.
 * @throws BackupError as {@link loadSteps}, and damaged
 */
export async function loadChecked(
  connection: Connection,
  steps: AsyncIterable<DumpStep>,
  { signal, report }: Pick<Task, 'signal' | 'report'>,
): Promise<Loaded> {
  const { record } = await loadSteps(steps, connection, signal);
  report({ phase: 'checking' });
  checkIntegrity(connection, 'quick');
  const contents = contentsOf(connection);
  compareWithRecord(contents, record);
  return { ...contents, record, warnings: foreignKeyWarnings(connection) };
}

/** The dump says at its end how many rows each table had: fewer have been lost on the way, however valid the SQL. */
function compareWithRecord({ tableRows }: Contents, record: DumpRecord | undefined): void {
  for (const { name, rows } of record?.tables ?? []) {
    const loaded = tableRows.find((table) => table.name === name)?.rows;
    // A dump that counted no rows of an index over another table's has lost none.
    if (loaded === rows || (rows === 0 && loaded !== undefined)) continue;
    throw new BackupError(
      'damaged',
      `Table ${name} should have ${rows} rows by this backup's own record, but ${loaded ?? 'no'} came out.`,
      'Use another backup.',
    );
  }
}
