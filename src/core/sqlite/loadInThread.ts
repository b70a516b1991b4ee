import { Worker } from 'node:worker_threads';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { Task } from '../task.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { Loaded } from './loadChecked.ts';
import type { FromLoadThread, LoadThreadStart } from './loadThread.ts';

/** Steps that are on their way at once: enough that neither thread waits for long, few enough to bound the memory. */
const mostAhead = 4;

/**
 * Has a thread of its own load a dump into a new staging database and check it, while the dump is decoded in this one.
 * @param thread path of the thread's script
 */
export async function loadInThread(
  thread: string,
  start: LoadThreadStart,
  steps: AsyncIterable<DumpStep>,
  { signal, report }: Pick<Task, 'signal' | 'report'>,
): Promise<Loaded> {
  const worker = new Worker(thread, { workerData: start, name: 'dbbackup load' });
  const loading = new Loading(worker, report);
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop);
  try {
    for await (const step of steps) {
      throwIfCancelled(signal);
      await loading.room();
      worker.postMessage(step, step.kind === 'rows' ? [step.sql.buffer] : []);
    }
    return await loading.outcome;
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** What is known here of the work there. */
class Loading {
  readonly outcome: Promise<Loaded>;
  #ahead = 0;
  #onRoom: () => void = () => undefined;

  constructor(worker: Worker, report: Task['report']) {
    this.outcome = new Promise((resolve, reject) => {
      worker.on('message', (message: FromLoadThread) => {
        if (message.type === 'taken') this.#taken();
        else if (message.type === 'progress') report(message.progress);
        else if (message.type === 'done') resolve(message.loaded);
        else if (message.report) reject(BackupError.fromReport(message.report));
        else reject(new Error(message.defect));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('The thread that loads ended early.')));
    });
    // It is waited for at the end; a failure before that is heard by room().
    this.outcome.catch(() => undefined);
  }

  /** Settles when one more step may be sent. @throws what the loading failed with */
  async room(): Promise<void> {
    while (this.#ahead >= mostAhead) {
      const room = new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
      await Promise.race([room, this.outcome]);
    }
    this.#ahead++;
  }

  #taken(): void {
    this.#ahead--;
    this.#onRoom();
  }
}
