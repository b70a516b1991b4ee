import type { Progress, Task } from '../task.ts';
import { throughThread } from '../threads/throughThread.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { StagingOptions } from './engine.ts';
import type { Loaded } from './loadChecked.ts';

/** What comes out of it: how far it is and, at the end, what was loaded. */
export type LoadThreadResult = { progress: Progress } | { loaded: Loaded };

/**
 * Has a thread of its own load a dump into a new staging database and check it, while the dump is decoded in this one.
 * @param script path of the thread's script
 */
export async function loadInThread(
  script: string,
  start: StagingOptions,
  steps: AsyncIterable<DumpStep>,
  { signal, report }: Pick<Task, 'signal' | 'report'>,
): Promise<Loaded> {
  const transfer = (step: DumpStep) => (step.kind === 'rows' ? [step.sql.buffer] : []);
  const options = { script, start, signal, transfer };
  for await (const result of throughThread<DumpStep, LoadThreadResult>(steps, options)) {
    if ('loaded' in result) return result.loaded;
    report(result.progress);
  }
  throw new Error('thread ended without an answer');
}
