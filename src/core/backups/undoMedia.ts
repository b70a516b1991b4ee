import { join } from 'node:path';
import { withLock } from '../files/lock.ts';
import { planUndo, recoverMoveIn, undoMoveIn } from '../media/moveIn.ts';
import { sweepStaging } from '../media/stagingFolder.ts';
import type { RestoreAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import { type Awaited, isCommitted } from './commitMark.ts';
import { confirmRestore } from './confirm.ts';
import { countsOf, withPaths } from './fileChanges.ts';
import type { Resources } from './resources.ts';
import { noteFinished } from './settleUndo.ts';
import { evictUndo, forgetUndo, type KeptUndo, listUndo, placeUndo, undoId } from './undo.ts';

/** The undo copy of a media restore that is being made. */
export interface MediaUndo extends KeptUndo {
  /** Where the files that are replaced or removed go, with their journal. */
  files: string;
}

/** Notes a media restore before its first file moves, so that a crash can be found and rolled back. */
export async function startMediaUndo(
  mediaRoot: string,
  before: string,
  resources: Resources,
  awaited?: Awaited,
): Promise<MediaUndo> {
  const date = resources.now().toISOString();
  const id = undoId(date);
  return placeUndo(resources.home, id, async (_part, folder) => {
    const files = join(folder, 'files');
    return {
      id,
      target: mediaRoot,
      kind: 'media',
      date,
      before,
      bytes: 0,
      copy: files,
      sha256: null,
      pending: true,
      ...(awaited ? { awaited } : {}),
      files,
    };
  });
}

export async function finishMediaUndo(undo: MediaUndo, { home, now }: Resources): Promise<void> {
  await noteFinished(undo, home);
  await evictUndo(home, undo.target, now());
}

/** Rolls back what a crash left half moved. Only under the media root's lock: a pending undo is then nobody's. */
export async function recoverMedia(mediaRoot: string, resources: Resources, task: Task): Promise<void> {
  const { home } = resources;
  for (const kept of await listUndo(home, [mediaRoot], 'pending')) {
    const found = kept.copy === null ? 'not-begun' : await recoverMoveIn(kept.copy, { signal: task.signal });
    // Both or neither: the database that belongs to it was not committed.
    if (found === 'ended' && kept.awaited && !(await isCommitted(kept.awaited, resources, task)))
      await forgetUndo(home, (await moveBack(kept, resources, task)).id);
    // A move that came to its end before the crash can still be undone, and what found no place is not lost.
    else if (found === 'ended' || found === 'kept') await noteFinished(kept, home);
    else await forgetUndo(home, kept.id);
  }
}

/** The same, and what was unpacked goes, before anything else is done with the media folder. @throws BackupError busy where a restore is at work */
export async function recoverMediaLocked(
  mediaRoot: string | undefined,
  resources: Resources,
  task: Task,
): Promise<void> {
  if (mediaRoot === undefined) return;
  await sweepStaging(mediaRoot, join(resources.home, 'work'));
  if ((await listUndo(resources.home, [mediaRoot], 'pending')).length === 0) return;
  const work = `the end of an interrupted restore of ${mediaRoot}`;
  await withLock(resources.home, mediaRoot, work, task, () => recoverMedia(mediaRoot, resources, task));
}

/**
 * Moves the files back that a restore replaced or removed. Only under the media root's lock.
 * @returns the undo copy of what that replaced
 */
export async function moveBack(
  kept: KeptUndo,
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<MediaUndo> {
  const redo = await startMediaUndo(kept.target, `undo of ${kept.before}`, resources);
  await undoMoveIn(kept.copy ?? '', redo.files, { signal: task.signal, report: task.report.bind(task) });
  await finishMediaUndo(redo, resources);
  await forgetUndo(resources.home, kept.id);
  return redo;
}

/** Puts the media folder back as it was before a restore; what that replaces is kept as the next undo copy. */
export async function undoMedia(kept: KeptUndo, resources: Resources, task: Task): Promise<RestoreAnswer> {
  return withLock(resources.home, kept.target, `an undo of ${kept.target}`, task, async () => {
    await recoverMedia(kept.target, resources, task);
    const undoFolder = kept.copy ?? '';
    const plan = await planUndo(undoFolder, task.signal);
    const files = countsOf(plan);
    const from = `its state before ${kept.before}`;
    await confirmRestore(
      { action: 'undo', target: kept.target, from, tables: [], files: withPaths(plan), warnings: [] },
      task,
    );
    const redo = await moveBack(kept, resources, task);
    return {
      restored: { file: kept.before, target: kept.target, tables: 0, rows: files.added + files.replaced },
      changes: [],
      files,
      undo: redo.id,
      warnings: [],
    };
  });
}
