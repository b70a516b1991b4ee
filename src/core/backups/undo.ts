import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asError, BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { hashFile } from '../files/hashFile.ts';
import { partPath, sweepParts, syncFolder } from '../files/newFile.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { tidy } from '../files/tidy.ts';
import type { UndoCopy } from '../service.ts';
import type { Task } from '../task.ts';
import { type Awaited, commitMark } from './commitMark.ts';
import type { Resources } from './resources.ts';

/** What a restore replaced: plaintext like the live files, in a private folder outside the project. */
export interface KeptUndo extends UndoCopy {
  /** The copy; null where there was no database, so that undoing means there is none again. */
  copy: string | null;
  /** Lower-case hex of the copy; null for media, whose journal says what each file was. */
  sha256: string | null;
  /** True while the restore it belongs to is still at work. */
  pending?: boolean;
  /** The database whose commit it waits for, its own or the one that is restored together with it. */
  awaited?: Awaited;
  /** Ids of the copies that the same restore kept: they are taken back together. */
  with?: string[];
}

/** What stays: the last 5 of a target, for 7 days, 10 GB in all. The newest copy always stays, whatever its size. */
const keepLast = 5;
const keepDays = 7;
const keepBytes = 10e9;

const folderName = 'undo';
const noteName = 'undo.json';
const copyName = 'database.sqlite3';

/**
 * Keeps the live database as one moment, pending until its restore is committed. A restore that cannot keep it stops.
 * @throws BackupError undo-impossible, disk-full
 */
export async function keepDatabase(
  livePath: string,
  before: string,
  resources: Resources,
  task: Task,
): Promise<KeptUndo> {
  const date = resources.now().toISOString();
  const id = undoId(date);
  const kept: KeptUndo = {
    id,
    target: livePath,
    kind: 'database',
    date,
    before,
    bytes: 0,
    copy: null,
    sha256: null,
    pending: true,
  };
  try {
    return await placeUndo(resources.home, id, async (part, folder) => {
      const mark = await commitMark(livePath, resources, task);
      Object.assign(kept, { awaited: { database: livePath, mark } });
      if (!(await hasContent(livePath))) return kept;
      const copy = join(part, copyName);
      const engine = await resources.engine();
      await engine.copyOut(livePath, copy, task);
      return { ...kept, ...(await hashFile(copy, task.signal)), copy: join(folder, copyName) };
    });
  } catch (error) {
    if (error instanceof BackupError && error.code !== 'folder-not-writable') throw error;
    throw undoImpossible(error, resources.home);
  }
}

/** Sorts by its date, and is no other's. @param date ISO 8601 */
export function undoId(date: string): string {
  return `${date.replace(/[^0-9]/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`;
}

/**
 * Makes the folder of an undo copy, whole and with its note, or not at all: what a process that was killed left of one is
 * plaintext that no note tells of, and is swept by the next.
 * @param fill is told where to put the copy, and where it will lie
 */
export async function placeUndo<T extends KeptUndo>(
  home: string,
  id: string,
  fill: (part: string, folder: string) => Promise<T>,
): Promise<T> {
  const all = await privateFolder(home, folderName);
  await sweepParts(all);
  const [part, folder] = [partPath(all, randomBytes(6).toString('hex')), join(all, id)];
  try {
    await privateFolder(part);
    const kept = await fill(part, folder);
    await noteUndo(part, kept);
    await rename(part, folder);
    await syncFolder(all);
    return kept;
  } finally {
    await tidy(part);
  }
}

function undoImpossible(error: unknown, home: string): BackupError {
  return new BackupError(
    'undo-impossible',
    `What is there now could not be kept for undo: ${asError(error).message}`,
    `Make room and check the permissions of ${join(home, folderName)}, or restore without undo (--no-undo).`,
    { cause: error },
  );
}

export async function noteUndo(folder: string, kept: KeptUndo): Promise<void> {
  await replaceFile(join(folder, noteName), JSON.stringify(kept));
}

/** Notes that copies belong to one restore. */
export async function linkUndo(home: string, ids: readonly string[]): Promise<void> {
  if (ids.length < 2) return;
  for (const kept of await listUndo(home)) {
    if (!ids.includes(kept.id)) continue;
    await noteUndo(join(home, folderName, kept.id), { ...kept, with: ids.filter((id) => id !== kept.id) });
  }
}

/** Undo copies of the given live paths, newest first; all of them where none is given. */
export async function listUndo(
  home: string,
  targets?: readonly string[],
  state: 'finished' | 'pending' = 'finished',
): Promise<KeptUndo[]> {
  const names = await readdir(join(home, folderName)).catch(() => []);
  const ids = names.filter((name) => !name.startsWith('.'));
  const found = await Promise.all(ids.map((id) => readNote(join(home, folderName, id))));
  return found
    .filter((kept) => kept !== undefined)
    .filter((kept) => (kept.pending === true) === (state === 'pending'))
    .filter((kept) => targets === undefined || targets.includes(kept.target))
    .sort((a, b) => b.date.localeCompare(a.date));
}

/** Fails unless the copy is what was kept. */
export async function checkUndo(kept: KeptUndo, task: Task): Promise<void> {
  if (kept.copy === null || kept.sha256 === null) return;
  const found = await hashFile(kept.copy, task.signal).catch(() => undefined);
  if (found?.sha256 === kept.sha256) return;
  throw new BackupError('damaged', 'This undo copy is not what was kept.', 'Restore a backup instead.');
}

/** Deletes a copy, or fails. It first loses its name: what is left of a copy without its note would never be found. */
export async function dropUndo(home: string, id: string): Promise<void> {
  const all = join(home, folderName);
  const part = partPath(all, randomBytes(6).toString('hex'));
  await rename(join(all, id), part).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
  await rm(part, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
}

/** Lets go of a copy that is of no use any more; one that cannot be removed goes with the next that are too old. */
export async function forgetUndo(home: string, id: string): Promise<void> {
  await dropUndo(home, id).catch(() => undefined);
}

/** Lets go of older copies of a target. Never of the newest one. */
export async function evictUndo(home: string, target: string, now: Date): Promise<void> {
  const copies = await listUndo(home, [target]);
  const oldest = now.getTime() - keepDays * 86_400_000;
  let bytes = 0;
  for (const [index, kept] of copies.entries()) {
    bytes += kept.bytes;
    const stays = index === 0 || (index < keepLast && Date.parse(kept.date) >= oldest && bytes <= keepBytes);
    if (!stays) await forgetUndo(home, kept.id);
  }
}

async function readNote(folder: string): Promise<KeptUndo | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, noteName), 'utf8')) as KeptUndo;
  } catch {
    return undefined;
  }
}

async function hasContent(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && facts.size > 0;
}
