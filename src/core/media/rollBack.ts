import type { BigIntStats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { applyChange } from './applyChange.ts';
import type { MediaTask } from './archive.ts';
import type { PutStep, Stamp } from './change.ts';
import type { FilePort } from './filePort.ts';
import type { Journal } from './journal.ts';
import { LiveTree } from './planChange.ts';
import { parentsOf } from './safePath.ts';

/**
 * Brings back what stood where a move-in was interrupted. What somebody else wrote meanwhile stays: only what is as it was
 * put in is taken out or replaced.
 * @returns the paths of old files that found no place: where their folder was, something else is now
 */
export async function rollBack(
  journal: Journal,
  { report, onWarning }: MediaTask,
  files: FilePort,
): Promise<{ homeless: string[] }> {
  const { inverse, stamps, part } = journal;
  const live = new LiveTree(inverse.root, []);
  for (const folder of new Set(journal.change.put.map(({ path }) => folderOf(path)))) {
    if ((await live.at(folder))?.type === 'folder')
      await rm(join(inverse.root, folder, part), { force: true });
  }
  const remove: string[] = [];
  for (const path of inverse.remove) {
    const node = await live.at(path);
    if (node && isOurs(node.stats, stamps[path])) remove.push(path);
  }
  const hasPlace = placesIn(live, new Set(remove));
  const put: PutStep[] = [];
  const homeless: string[] = [];
  for (const step of inverse.put) {
    const node = await live.at(step.path);
    if (!(await hasPlace(step.path))) homeless.push(step.path);
    else if (!node || node.type === 'folder' || isOurs(node.stats, stamps[step.path])) put.push(step);
  }
  const makeFolders: string[] = [];
  for (const path of inverse.makeFolders) if (await hasPlace(path)) makeFolders.push(path);
  const { signal } = new AbortController();
  const options = { signal, report, onWarning, part, spend: false, before: undefined };
  await applyChange(files, { ...inverse, remove, put, makeFolders }, options);
  return { homeless };
}

/** Whether each folder above a path is one, or is missing, or a file of ours stands there that is taken out first. */
function placesIn(live: LiveTree, taken: ReadonlySet<string>): (path: string) => Promise<boolean> {
  return async (path) => {
    if ((await live.at(''))?.type !== 'folder') return false;
    const blocker = await live.blockerOf(path);
    return blocker === undefined || taken.has(blocker.path);
  };
}

function folderOf(path: string): string {
  return parentsOf(path).at(-1) ?? '';
}

function isOurs(now: BigIntStats, stamp: Stamp | undefined): boolean {
  if (!stamp || now.isDirectory()) return false;
  // A copy onto another disk has another number, and a date rounded to what a double holds.
  return String(now.size) === stamp.size && Math.abs(Number(now.mtimeNs - BigInt(stamp.mtimeNs))) < 10_000;
}
