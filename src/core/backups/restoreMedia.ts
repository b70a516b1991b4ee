import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { tidy } from '../files/tidy.ts';
import { shown } from '../media/archive.ts';
import { moveIn } from '../media/moveIn.ts';
import { type MoveMode, type MovePlan, planMoveIn } from '../media/planMoveIn.ts';
import { type Staged, stageArchive } from '../media/stage.ts';
import { stagingFolderBeside, sweepStaging } from '../media/stagingFolder.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { RestoreAnswer } from '../service.ts';
import type { FileChanges, Progress, Task, Warning } from '../task.ts';
import type { Awaited } from './commitMark.ts';
import { confirmRestore } from './confirm.ts';
import { countsOf, withPaths } from './fileChanges.ts';
import { refuseHandOver } from './handOverZip.ts';
import { openMedia } from './openMedia.ts';
import type { Resources } from './resources.ts';
import { forgetUndo } from './undo.ts';
import { finishMediaUndo, type MediaUndo, moveBack, recoverMedia, startMediaUndo } from './undoMedia.ts';

export interface MediaRestore {
  /** Absolute path of the backup. */
  file: string;
  mediaRoot: string;
  /** Absolute folders in the media root that are left alone. */
  exclude: string[];
  mode: MoveMode;
  /** Only this file, or what is in this folder: a path relative to the media root. */
  only?: string | undefined;
  sessionKeys: SessionKeySource;
  dryRun: boolean;
}

/** A media backup that is unpacked and checked beside the media root, and what it would change. */
export interface PreparedMedia {
  /** With their paths: for whoever is asked, not for the answer. */
  files: FileChanges;
  warnings: Warning[];
  /**
   * Moves the files in, keeping what is replaced or removed; returns the undo copy. After a crash they go back, unless
   * it was finished or the database that it waits for was committed.
   */
  moveIn(awaited?: Awaited): Promise<MediaUndo>;
  finish(undo: MediaUndo): Promise<void>;
  /** Moves them out again as if nothing had been; cannot be cancelled. */
  takeBack(undo: MediaUndo): Promise<void>;
  answer(undo: string | null): RestoreAnswer;
}

/**
 * Restores a media backup: unpack into a staging folder beside the media root, check, show what would change and ask,
 * then move in file by file, keeping what is replaced or removed. Whatever fails leaves the live folder as it was.
 */
export async function restoreMedia(
  request: MediaRestore,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  if (request.only !== undefined && request.mode === 'mirror') {
    throw new BackupError(
      'usage',
      'One file alone cannot mirror a backup: all others would be removed.',
      'Use another mode.',
    );
  }
  return prepareMedia(request, resources, task, async ({ files, warnings, moveIn, finish, answer }) => {
    if (request.dryRun) return answer(null);
    const question = { target: request.mediaRoot, from: basename(request.file), tables: [], files, warnings };
    await confirmRestore({ action: 'restore-media', ...question }, task);
    const undo = await moveIn();
    await finish(undo);
    return answer(undo.id);
  });
}

/** Unpacks and checks a media backup and hands it on; what was unpacked goes afterwards, used or not. */
export async function prepareMedia<T>(
  request: MediaRestore,
  resources: Resources,
  task: Task,
  use: (prepared: PreparedMedia) => Promise<T>,
): Promise<T> {
  const { mediaRoot } = request;
  return withLock(resources.home, mediaRoot, `a restore of ${mediaRoot}`, task, async () => {
    await recoverMedia(mediaRoot, resources, task);
    await sweepStaging(mediaRoot, join(resources.home, 'work'));
    const warnings: Warning[] = [];
    const mediaTask = {
      signal: task.signal,
      report: withItem(task),
      onWarning: (warning: Warning) => void warnings.push(warning),
    };
    const staged = await stage(request, mediaTask, resources, task);
    try {
      const { exclude, mode } = request;
      const plan = await planMoveIn(staged, mediaRoot, mode, { ...mediaTask, exclude, createRoot: true });
      warnings.push(...plan.warnings);
      const files = withPaths(plan);
      const restored = { file: request.file, target: mediaRoot, tables: 0, rows: staged.files };
      return await use({
        files,
        warnings,
        moveIn: (awaited) => carryOut(request, plan, awaited, resources, mediaTask),
        finish: (undo) => finishMediaUndo(undo, resources),
        takeBack: async (undo) => {
          const { signal } = new AbortController();
          const redo = await moveBack(undo, resources, { signal, report: task.report.bind(task) });
          await forgetUndo(resources.home, redo.id);
        },
        answer: (undo) => ({
          restored,
          changes: [],
          files: request.dryRun ? files : countsOf(plan),
          undo,
          warnings,
        }),
      });
    } finally {
      await tidy(staged.folder);
    }
  });
}

/**
 * While a backup is opened two tell of it: how many of its bytes were read, and which file is being unpacked. People are
 * told both in one.
 */
function withItem(task: Task): Task['report'] {
  let last: Progress = { phase: 'decoding' };
  return (step) => {
    if (step.phase !== 'decoding') return task.report(step);
    last = step.total === undefined ? { ...last, ...item(step) } : { ...step, ...item(last) };
    task.report(last);
  };
}

function item({ item: path }: Progress): Pick<Progress, 'item'> {
  return path === undefined ? {} : { item: path };
}

async function stage(
  { file, mediaRoot, sessionKeys, only }: MediaRestore,
  mediaTask: Parameters<typeof stageArchive>[3],
  resources: Resources,
  task: Task,
): Promise<Staged> {
  const packedBytes = (await stat(file).catch(() => undefined))?.size;
  const opened = await openMedia(file, sessionKeys, {
    ...task,
    report: mediaTask.report ?? task.report.bind(task),
  });
  const folder = await stagingFolderBeside(mediaRoot, join(resources.home, 'work'));
  const wanted = (path: string) => only === undefined || path === only || path.startsWith(`${only}/`);
  const { limits = {} } = sessionKeys;
  const options = { ...mediaTask, packedBytes, limits, wanted, acceptZip: refuseHandOver };
  const staged = await stageArchive(opened.bytes, opened.kind, folder, options);
  for (const warning of opened.warnings) mediaTask.onWarning?.(warning);
  if (only === undefined || staged.entries.length > 0) return staged;
  await tidy(staged.folder);
  throw new BackupError(
    'no-such-file',
    `${basename(file)} holds no ${shown(only)}, or none that can be restored here.`,
    'List what it holds.',
  );
}

async function carryOut(
  request: MediaRestore,
  plan: MovePlan,
  awaited: Awaited | undefined,
  resources: Resources,
  mediaTask: Parameters<typeof moveIn>[2],
): Promise<MediaUndo> {
  const undo = await startMediaUndo(request.mediaRoot, basename(request.file), resources, awaited);
  try {
    await moveIn(plan, undo.files, mediaTask);
    return undo;
  } catch (error) {
    // What could not be taken back is left to the next start; all else has left nothing to be undone.
    const isLeft = error instanceof BackupError && error.code === 'undo-impossible';
    if (!isLeft) await forgetUndo(resources.home, undo.id);
    throw error;
  }
}
