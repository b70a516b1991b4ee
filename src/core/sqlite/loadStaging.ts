import type { Task } from '../task.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { Engine, StagingOptions } from './engine.ts';
import { type Loaded, loadChecked } from './loadChecked.ts';

/** Makes a staging database, loads a dump into it, checks and closes it, all in this thread. */
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
