import { planUndo } from '../media/moveIn.ts';
import type { RestoreAnswer } from '../service.ts';
import { type Task, withMediaShown } from '../task.ts';
import { withPaths } from './fileChanges.ts';
import type { Resources } from './resources.ts';
import { forgetUndo, type KeptUndo, linkUndo, listUndo } from './undo.ts';
import { undoDatabase } from './undoDatabase.ts';
import { undoMedia } from './undoMedia.ts';

/** Takes a restore back, with everything that was restored together with it: all or nothing. */
export async function undoTogether(
  kept: KeptUndo,
  copies: readonly KeptUndo[],
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const linked = copies.filter(({ id }) => kept.with?.includes(id));
  const [first = kept, ...others] = [kept, ...linked].sort(databasesFirst);
  const media = others.find(({ kind }) => kind === 'media');
  const asking = media ? await showingMedia(media, task) : task;
  const answer = await undoOne(first, resources, asking);
  const done = [answer];
  try {
    for (const other of others) {
      // Media files were agreed to together with the first database.
      done.push(await undoOne(other, resources, other === media ? agreed(task) : task));
    }
  } catch (error) {
    for (const { undo } of done.reverse()) await takeBack(undo, resources, task);
    throw error;
  }
  await linkUndo(
    resources.home,
    done.map(({ undo }) => undo).filter((id) => id !== null),
  );
  const { files = done.find((one) => one.files)?.files, also = [] } = answer;
  return {
    ...answer,
    ...(files ? { files } : {}),
    ...(others.length > 0 ? { also: [...also, ...others.map(({ target }) => target)] } : {}),
  };
}

/** Takes back what was just done, without asking and without leaving a copy: the user has agreed to no half alone. */
export async function takeBack(id: string | null, resources: Resources, task: Task): Promise<void> {
  const copies = [
    ...(await listUndo(resources.home)),
    ...(await listUndo(resources.home, undefined, 'pending')),
  ];
  const kept = copies.find((copy) => copy.id === id);
  if (!kept) return;
  const { undo } = await undoOne(kept, resources, agreed(task));
  if (undo !== null) await forgetUndo(resources.home, undo);
}

function undoOne(kept: KeptUndo, resources: Resources, task: Task): Promise<RestoreAnswer> {
  return kept.kind === 'media' ? undoMedia(kept, resources, task) : undoDatabase(kept, resources, task);
}

async function showingMedia({ copy, target }: KeptUndo, task: Task): Promise<Task> {
  return withMediaShown(task, target, withPaths(await planUndo(copy ?? '', task.signal)));
}

/** Not to be stopped either: half of it would be left. */
function agreed(task: Task): Task {
  const { signal } = new AbortController();
  return { signal, report: task.report.bind(task), ask: { ...task.ask, confirm: async () => true } };
}

function databasesFirst(one: KeptUndo, other: KeptUndo): number {
  return Number(one.kind === 'media') - Number(other.kind === 'media');
}
