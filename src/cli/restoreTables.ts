import { BackupError } from '../core/errors.ts';
import type { ProjectRequest } from '../core/project/project.ts';
import type { RestoreAnswer, Service } from '../core/service.ts';
import type { Task } from '../core/task.ts';

export interface TablesAsk {
  project: ProjectRequest;
  /** Absolute; the newest of the database where left out. */
  file: string | undefined;
  /** The alias. */
  database: string | undefined;
  tables: string[];
  /** Rows that theirs refer to come along. */
  withParents: boolean;
  dryRun: boolean;
}

/**
 * Brings whole tables back and leaves the others as they are: their rows become those of the backup, in one transaction
 * whose foreign keys are checked.
 * @throws BackupError no-such-table, no-backups; parents-missing with the tables that lack rows
 */
export async function restoreTables(ask: TablesAsk, service: Service, task: Task): Promise<RestoreAnswer> {
  const { project, database } = ask;
  const file = ask.file ?? (await newest(ask, service, task));
  const { id, before, tables, warnings } = await service.openComparison(
    { project, after: file, ...(database === undefined ? {} : { database }) },
    task,
  );
  try {
    const chosen = ask.tables.map((name) => {
      const has = tables.filter(({ rowsAfter }) => rowsAfter !== null);
      const table = has.find((one) => one.name === name);
      if (table) return table;
      const names = has.map((one) => one.name).join(', ');
      throw new BackupError('no-such-table', `The backup has no table ${name}.`, `It has: ${names}.`);
    });
    if (ask.dryRun) {
      const changes = chosen.map(({ name, rowsBefore, rowsAfter, added, removed, changed }) => ({
        ...{ name, rowsNow: rowsBefore, rowsAfter },
        ...{ added, removed, changed },
      }));
      const rows = changes.reduce((sum, { added, removed, changed }) => sum + added + removed + changed, 0);
      const restored = { file, target: before, tables: chosen.length, rows };
      return { restored, changes, undo: null, warnings };
    }
    const whole = chosen.map(({ name }) => ({ table: name, rows: 'all' as const }));
    return await service.takeBack({ project, id, chosen: whole, withParents: ask.withParents }, task);
  } finally {
    await service.closeComparison({ id }, task);
  }
}

async function newest({ project, database }: TablesAsk, service: Service, task: Task): Promise<string> {
  const backups = await service.list({ project }, task);
  const fitting = backups.find(
    (backup) => backup.kind === 'database' && (database === undefined || backup.database === database),
  );
  if (fitting) return fitting.path;
  throw new BackupError('no-backups', 'There is no backup of the database.', 'Make one first.');
}
