import { withLock } from '../files/lock.ts';
import type { UndoCopy } from '../service.ts';
import type { Task } from '../task.ts';
import { confirmRestore } from './confirm.ts';
import { dropUndo } from './undo.ts';

/**
 * Deletes undo copies, each under its target's lock: a restore that is running keeps the copy it counts on.
 * @throws BackupError not-confirmed, busy
 */
export async function purgeUndo(
  copies: readonly UndoCopy[],
  home: string,
  task: Task,
): Promise<{ removed: string[] }> {
  if (copies.length === 0) return { removed: [] };
  const target = `${copies.length} undo ${copies.length === 1 ? 'copy' : 'copies'}`;
  await confirmRestore({ action: 'delete', target, from: 'nothing', tables: [], warnings: [] }, task);
  const removed: string[] = [];
  for (const { id, target: path } of copies) {
    await withLock(home, path, `a purge of the undo copies of ${path}`, task, () => dropUndo(home, id));
    removed.push(id);
  }
  return { removed };
}
