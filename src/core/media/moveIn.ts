import { randomBytes } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { applyChange } from './applyChange.ts';
import type { MediaTask } from './archive.ts';
import { type Change, changedMeanwhile, type Stamp, stampOf } from './change.ts';
import { type FilePort, systemFiles } from './filePort.ts';
import { discardUndo, type Journal, markDone, readJournal, unmarkDone, writeJournal } from './journal.ts';
import { keepOld } from './keep.ts';
import { LiveTree, planChange } from './planChange.ts';
import type { MovePlan } from './planMoveIn.ts';
import { rollBack } from './rollBack.ts';
import { statsOf } from './walk.ts';

/** How many files are made durable at once: the disk settles many in one go. */
const syncsAtOnce = 16;

/**
 * Moves what was staged into the live media folder, file by file. Everything it replaces or removes is first kept in the
 * undo folder, with a journal: after an error or a crash at any step the old tree is brought back, by this call or by
 * {@link recoverMoveIn}. What was staged is used up.
 * @param undoFolder a folder that does not exist yet, on the live folder's disk where that can be (then it costs no room)
 * @throws BackupError busy where a file changed meanwhile, disk-full, folder-not-writable, cancelled: the live folder is
 * as it was; undo-impossible where it could not be brought back
 */
export async function moveIn(
  plan: MovePlan,
  undoFolder: string,
  task: MediaTask,
  files = systemFiles,
): Promise<void> {
  await carryOut(plan.change, undoFolder, { ...task, spend: true }, files);
}

/**
 * Takes a move-in back: the tree is as it was before, modes, dates, links and empty folders too. The undo folder is used
 * up; the redo folder takes the undo back in the same way.
 * @throws BackupError undo-impossible where nothing was kept; else as moveIn
 */
export async function undoMoveIn(
  undoFolder: string,
  redoFolder: string,
  task: MediaTask,
  files = systemFiles,
): Promise<{ put: string[]; removed: string[] }> {
  const { inverse } = await finishedJournal(undoFolder);
  const change = await undoChange(inverse, task.signal);
  await carryOut(change, redoFolder, { ...task, spend: false }, files);
  await discardUndo(undoFolder);
  return { put: change.put.map(({ path }) => path), removed: change.remove };
}

/** What an undo would do, for showing it first: paths of files and links, relative to the root. */
export async function planUndo(
  undoFolder: string,
  signal: AbortSignal,
): Promise<Pick<MovePlan, 'added' | 'replaced' | 'removed'>> {
  const { inverse } = await finishedJournal(undoFolder);
  const { root, put, remove } = await undoChange(inverse, signal);
  const live = new LiveTree(root, []);
  const plan = { added: [] as string[], replaced: [] as string[], removed: remove };
  for (const { path } of put) {
    const node = await live.at(path);
    (node === undefined || node.type === 'folder' ? plan.added : plan.replaced).push(path);
  }
  return plan;
}

/**
 * What was found: a move-in that had come to its end (`ended`), or had changed nothing yet (`not-begun`); one that was rolled
 * back, its undo folder removed; or one that was but for files whose folder is something else by now, which are `kept`.
 */
export type Recovered = 'ended' | 'not-begun' | 'rolled-back' | 'kept';

/** Ends what a crash interrupted, so that the tree is the old one or the new one. */
export async function recoverMoveIn(
  undoFolder: string,
  task: MediaTask,
  files = systemFiles,
): Promise<Recovered> {
  const found = await readJournal(undoFolder);
  if (found?.done) return 'ended';
  if (found && (await rollBack(found.journal, task, files)).homeless.length > 0) {
    await markDone(files, undoFolder);
    return 'kept';
  }
  await discardUndo(undoFolder);
  return found ? 'rolled-back' : 'not-begun';
}

async function carryOut(
  change: Change,
  undoFolder: string,
  task: MediaTask & { spend: boolean },
  files: FilePort,
): Promise<void> {
  let journal: Journal | undefined;
  await requireWritable(change);
  try {
    await privateFolder(dirname(undoFolder));
    await files.mkdir(undoFolder, 0o700);
  } catch (error) {
    throw fileProblem(error, undoFolder);
  }
  try {
    const { inverse, before } = await keepOld(files, change, undoFolder, task);
    if (task.spend) await syncAll(files, change, task.signal);
    const part = `.dbbackup-${randomBytes(6).toString('hex')}.part`;
    const ready: Journal = { version: 1, change, inverse, stamps: await stampsOf(change), part };
    await writeJournal(files, undoFolder, ready);
    journal = ready;
    await applyChange(files, change, { ...task, part, before });
    await markDone(files, undoFolder);
  } catch (error) {
    if (journal) await rollBackOrSay(journal, undoFolder, error, files);
    await discardUndo(undoFolder);
    throw fileProblem(error, change.root);
  }
}

/** Before anything is kept or begun; a root that is yet to be made is found out when it is. */
async function requireWritable({ root, put, remove, makeFolders, removeFolders }: Change): Promise<void> {
  if (put.length + remove.length + makeFolders.length + removeFolders.length === 0) return;
  if (!(await statsOf(root))) return;
  await access(root, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw fileProblem(error, root);
  });
}

async function rollBackOrSay(
  journal: Journal,
  undoFolder: string,
  why: unknown,
  files: FilePort,
): Promise<void> {
  try {
    await unmarkDone(undoFolder);
    const { homeless } = await rollBack(journal, { signal: new AbortController().signal }, files);
    const [first] = homeless;
    if (first !== undefined) throw changedMeanwhile(join(journal.change.root, first));
  } catch (error) {
    throw new BackupError(
      'undo-impossible',
      `The restore failed (${String(why)}), and the old media files could not all be brought back (${String(error)}).`,
      `They are kept in ${undoFolder}; once the cause is gone, the next start brings them back.`,
      { cause: why },
    );
  }
}

async function finishedJournal(undoFolder: string): Promise<Journal> {
  const found = await readJournal(undoFolder);
  if (found?.done) return found.journal;
  throw new BackupError(
    'undo-impossible',
    `There is no complete undo copy in ${undoFolder}.`,
    'The restore it was made for did not come to its end, and was taken back already.',
  );
}

async function undoChange(inverse: Change, signal: AbortSignal): Promise<Change> {
  const live = new LiveTree(inverse.root, []);
  const change = await planChange(
    live,
    {
      put: inverse.put,
      folders: [...inverse.makeFolders.map((path) => ({ path })), ...inverse.setFolders],
      remove: inverse.remove,
      removeFolders: inverse.removeFolders,
    },
    signal,
  );
  return { ...change, setFolders: inverse.setFolders };
}

async function stampsOf(change: Change): Promise<Record<string, Stamp>> {
  const stamps: Record<string, Stamp> = Object.create(null) as Record<string, Stamp>;
  for (const { path, from } of change.put) {
    const stamp = await stampOf(from);
    if (stamp) stamps[path] = stamp;
  }
  return stamps;
}

async function syncAll(files: FilePort, change: Change, signal: AbortSignal): Promise<void> {
  const left = change.put.map(({ from }) => from);
  const folders = new Set(left.map((from) => dirname(from)));
  const worker = async () => {
    for (let from = left.pop(); from !== undefined; from = left.pop()) {
      throwIfCancelled(signal);
      if ((await statsOf(from))?.isFile()) await files.syncFile(from);
    }
  };
  await Promise.all(Array.from({ length: syncsAtOnce }, worker));
  for (const folder of folders) await files.syncFolder(folder);
}
