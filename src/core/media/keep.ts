import { dirname, join } from 'node:path';
import { throwIfCancelled } from '../errors.ts';
import type { MediaTask } from './archive.ts';
import { type Change, changedMeanwhile, type FolderFacts, type Stamp, stampOf } from './change.ts';
import type { FilePort } from './filePort.ts';
import { keptPath } from './journal.ts';
import { duplicate } from './place.ts';
import { LiveTree } from './planChange.ts';
import { parentsOf } from './safePath.ts';
import { mtimeOf } from './walk.ts';

export interface Kept {
  inverse: Change;
  /** Of what stood at each path that will change; undefined for nothing. */
  before: Map<string, Stamp | undefined>;
}

/**
 * Keeps a copy of everything a change will replace or remove (hard links where the disk allows) and works out the change
 * that brings it back. The live tree stays as it is.
 */
export async function keepOld(
  files: FilePort,
  change: Change,
  undoFolder: string,
  task: MediaTask,
): Promise<Kept> {
  // A tree of its own: what stands below a link is no part of it.
  const tree = new LiveTree(change.root, []);
  const inverse: Change = {
    root: change.root,
    remove: [],
    removeFolders: [...change.makeFolders].reverse(),
    makeFolders: [...change.removeFolders].reverse(),
    put: [],
    setFolders: await foldersBefore(change, tree),
  };
  const before = new Map<string, Stamp | undefined>();
  await files.mkdir(dirname(keptPath(undoFolder, 0)), 0o700);
  const goingFolders = new Set(change.removeFolders);
  const paths = [...change.remove, ...change.put.map(({ path }) => path)];
  for (const path of paths) {
    throwIfCancelled(task.signal);
    task.report?.({
      phase: 'keeping-undo',
      done: before.size,
      total: paths.length,
      unit: 'files',
      item: path,
    });
    const live = join(change.root, path);
    const node = await tree.at(path);
    if (node && node.type !== 'file' && node.type !== 'symlink') {
      if (!goingFolders.has(path)) throw changedMeanwhile(live);
      before.set(path, undefined);
      inverse.remove.push(path);
      continue;
    }
    before.set(path, node && (await stampOf(live)));
    if (!node) {
      inverse.remove.push(path);
      continue;
    }
    const from = keptPath(undoFolder, inverse.put.length);
    await duplicate(files, live, from, true);
    inverse.put.push({ path, from });
  }
  await files.syncFolder(dirname(keptPath(undoFolder, 0)));
  return { inverse, before };
}

/** Every folder in which something will change, as it is now. */
async function foldersBefore(change: Change, tree: LiveTree): Promise<FolderFacts[]> {
  const paths = new Set<string>(change.removeFolders);
  for (const { path } of change.setFolders) paths.add(path);
  const touched = [
    ...change.remove,
    ...change.put.map(({ path }) => path),
    ...change.makeFolders,
    ...change.removeFolders,
  ];
  for (const path of touched) if (path !== '') paths.add(parentsOf(path).at(-1) ?? '');
  const facts: FolderFacts[] = [];
  for (const path of paths) {
    const node = await tree.at(path);
    if (node?.type !== 'folder') continue;
    facts.push({ path, mode: Number(node.stats.mode & 0o7777n), mtime: mtimeOf(node.stats) });
  }
  return facts;
}
