import { join } from 'node:path';
import type { Task } from '../task.ts';
import { isCommitted } from './commitMark.ts';
import type { Resources } from './resources.ts';
import { forgetUndo, type KeptUndo, listUndo, noteUndo } from './undo.ts';

/** Notes that the restore a copy was kept for has come to its end. */
export async function noteFinished({ awaited, ...undo }: KeptUndo, home: string): Promise<void> {
  await noteUndo(join(home, 'undo', undo.id), { ...undo, pending: false });
}

/** What can be taken back: finished copies, and those of a restore that was killed after its commit. */
export async function undoCopies(
  targets: readonly string[],
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<KeptUndo[]> {
  const copies = await listUndo(resources.home, targets);
  for (const kept of await listUndo(resources.home, targets, 'pending'))
    if (await isDone(kept, resources, task)) copies.push({ ...kept, pending: false });
  return copies.sort((a, b) => b.date.localeCompare(a.date));
}

/** All that holds plaintext: the copies of restores that were killed before their commit as well. */
export async function allCopies(targets: readonly string[], home: string): Promise<KeptUndo[]> {
  const pending = await listUndo(home, targets, 'pending');
  return [...(await listUndo(home, targets)), ...pending.filter(({ kind }) => kind === 'database')];
}

/**
 * Settles what a crash left of a database's copies: one whose restore was committed is an undo copy like any other, one
 * whose restore was not has nothing to take back. Only under the database's lock: a pending copy is then nobody's.
 */
export async function settleUndo(
  database: string,
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<void> {
  for (const kept of await listUndo(resources.home, [database], 'pending')) {
    if (await isDone(kept, resources, task)) await noteFinished(kept, resources.home);
    else await forgetUndo(resources.home, kept.id);
  }
}

async function isDone(
  { kind, awaited }: KeptUndo,
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<boolean> {
  return kind === 'database' && awaited !== undefined && (await isCommitted(awaited, resources, task));
}
