import { copyFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { workFolder } from '../files/privateFolder.ts';
import type { RestoreAnswer } from '../service.ts';
import { describeDatabase } from '../sqlite/contents.ts';
import type { Task } from '../task.ts';
import { changesAgainstLive, compareCounts, liveContents } from './changes.ts';
import { commitDatabase } from './commitDatabase.ts';
import { confirmRestore } from './confirm.ts';
import type { Resources } from './resources.ts';
import { settleUndo } from './settleUndo.ts';
import { checkUndo, forgetUndo, type KeptUndo } from './undo.ts';

/** Puts an undo copy back. What it replaces is kept as the next undo copy, so undoing an undo works. */
export async function undoDatabase(kept: KeptUndo, resources: Resources, task: Task): Promise<RestoreAnswer> {
  return withLock(resources.home, kept.target, `an undo of ${kept.target}`, task, async () => {
    await settleUndo(kept.target, resources, task);
    await checkUndo(kept, task);
    return kept.copy === null
      ? removeDatabase(kept, resources, task)
      : putBack(kept, kept.copy, resources, task);
  });
}

async function putBack(
  kept: KeptUndo,
  copy: string,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const engine = await resources.engine();
  await using work = await workFolder(resources.home);
  const stagingPath = join(work.path, 'staging.sqlite3');
  await copyFile(copy, stagingPath);
  const after = await describeDatabase(engine, stagingPath);
  const depth = task.ask.detailed ? 'rows' : 'counts';
  const changes = await changesAgainstLive(kept.target, stagingPath, after, depth, resources, task);
  const from = `its state before ${kept.before}`;
  await confirmRestore({ action: 'undo', target: kept.target, from, tables: changes, warnings: [] }, task);
  const { undo, warnings } = await commitDatabase(
    { stagingPath, livePath: kept.target, from: `undo of ${kept.before}`, keepUndo: true },
    resources,
    task,
  );
  await forgetUndo(resources.home, kept.id);
  return {
    restored: { file: basename(copy), target: kept.target, tables: after.tables, rows: after.rows },
    changes,
    undo: undo?.id ?? null,
    warnings,
  };
}

/**
 * Before the restore there was no database: there is none again, and what was restored stays as an undo copy. It is emptied
 * under SQLite's locks first: rows that another process commits meanwhile are in the copy, or are refused for want of a table.
 */
async function removeDatabase(kept: KeptUndo, resources: Resources, task: Task): Promise<RestoreAnswer> {
  const nothing = { tables: 0, rows: 0, tableRows: [] };
  const changes = compareCounts(await liveContents(kept.target, resources, task), nothing);
  const from = 'no database at all';
  await confirmRestore({ action: 'undo', target: kept.target, from, tables: changes, warnings: [] }, task);
  await using work = await workFolder(resources.home);
  const { undo } = await commitDatabase(
    {
      stagingPath: await emptyLike(kept.target, work.path, resources),
      livePath: kept.target,
      from: `undo of ${kept.before}`,
      keepUndo: true,
    },
    resources,
    task,
  );
  for (const ending of ['', '-wal', '-shm', '-journal']) await rm(`${kept.target}${ending}`, { force: true });
  await forgetUndo(resources.home, kept.id);
  return {
    restored: { file: kept.before, target: kept.target, tables: 0, rows: 0 },
    changes,
    undo: undo?.id ?? null,
    warnings: [],
  };
}

/** A database without tables that can take the place of another. */
async function emptyLike(target: string, folder: string, resources: Resources): Promise<string> {
  const engine = await resources.engine();
  const shape = await engine.shapeOf(target);
  if (!shape) throw new BackupError('nothing-to-undo', `${target} is gone already.`);
  const path = join(folder, 'empty.sqlite3');
  const connection = await engine.openStaging({ path, ...shape });
  // One that nothing was ever written to has no pages.
  connection.exec('CREATE TABLE page(x); DROP TABLE page');
  connection.close();
  return path;
}
