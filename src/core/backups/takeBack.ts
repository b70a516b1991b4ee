import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withLock } from '../files/lock.ts';
import { workFolder } from '../files/privateFolder.ts';
import type { ChosenRows } from '../look.ts';
import type { RestoreAnswer } from '../service.ts';
import type { Task, Warning } from '../task.ts';
import { applyChosen } from './applyChosen.ts';
import { commitDatabase } from './commitDatabase.ts';
import { confirmRestore } from './confirm.ts';
import type { Comparison } from './openComparison.ts';
import type { Resources } from './resources.ts';
import { settleUndo } from './settleUndo.ts';

/**
 * Brings back chosen rows and tables of a backup, and nothing else: into a private copy of the live database as it is now, whose
 * foreign keys are checked, and which is then committed like a restore, with undo. All of them or none.
 * @param withParents brings along, out of the backup, rows that the chosen ones refer to and that are not there
 * @throws BackupError changed-meanwhile, row-refused, parents-missing, no-such-table, not-confirmed, and as a restore
 */
export async function takeBack(
  comparison: Comparison,
  {
    chosen,
    withParents = false,
    warnings: said = [],
  }: { chosen: ChosenRows[]; withParents?: boolean | undefined; warnings?: Warning[] },
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
        return await applyChosen({ target: connection, ...sides }, { chosen, withParents }, task);
      } finally {
        connection.close();
      }
    };
    const { changes, contents } = await stage();
    const warnings = [...said, ...comparison.warnings.filter(({ code }) => code !== 'foreign-key')];
    const part = chosen.every(({ rows }) => rows === 'all') ? ('tables' as const) : ('rows' as const);
    const question = { target: livePath, from: basename(file), tables: changes, warnings, part };
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
