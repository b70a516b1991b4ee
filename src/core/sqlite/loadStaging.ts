import type { Task } from '../task.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { Engine, StagingOptions } from './engine.ts';
import { type Loaded, loadChecked } from './loadChecked.ts';
import { loadInThread } from './loadInThread.ts';

/**
 * Makes a staging database, loads a dump into it, checks and closes it: in a thread of its own where the engine has one, so
 * that the next part of the dump is decoded meanwhile.
 * @throws BackupError as loadChecked
 */
export function loadStaging(
  engine: Pick<Engine, 'openStaging' | 'loadThread'>,
  options: StagingOptions,
  steps: AsyncIterable<DumpStep>,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<Loaded> {
  return engine.loadThread === undefined
    ? loadStagingHere(engine, options, steps, task)
    : loadInThread(engine.loadThread, options, steps, task);
}

/** The same, in the thread that calls. */
export async function loadStagingHere(
  engine: Pick<Engine, 'openStaging'>,
  options: StagingOptions,
  steps: AsyncIterable<DumpStep>,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<Loaded> {
  const connection = await engine.openStaging(options);
  try {
    return await loadChecked(connection, steps, task);
  } finally {
    connection.close();
  }
}
