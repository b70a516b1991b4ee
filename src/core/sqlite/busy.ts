import { setTimeout as delay } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';
import type { Task } from '../task.ts';
import { busyDatabase } from './sqliteProblem.ts';

/** How long a locked database is tried again, in milliseconds. */
export const busyPatienceMs = 15_000;

/** What an attempt answers when another process's lock was in its way. */
export const isBusy = Symbol('busy');

/**
 * Runs `attempt` until no lock is in its way, with growing, uneven pauses, so that it does not keep step with a writer
 * who comes at regular times. SQLite's own busy timeout would block the thread and could not be cancelled.
 * @throws BackupError busy after `patienceMs`, cancelled
 */
export async function whileBusy<T>(
  path: string,
  task: Pick<Task, 'signal' | 'report'>,
  patienceMs: number,
  attempt: () => Promise<T | typeof isBusy>,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let pause = 2; ; pause = Math.min(pause * 1.5, 100)) {
    throwIfCancelled(task.signal);
    const answer = await attempt();
    if (answer !== isBusy) return answer as T;
    const left = giveUpAt - performance.now();
    if (left <= 0) throw busyDatabase(path);
    task.report({ phase: 'waiting', item: path });
    await delay(Math.min(left, pause * (0.5 + Math.random())), undefined, { signal: task.signal }).catch(() =>
      throwIfCancelled(task.signal),
    );
  }
}
