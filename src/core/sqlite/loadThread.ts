import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BackupError, type ErrorReport } from '../errors.ts';
import type { Progress } from '../task.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { StagingOptions } from './engine.ts';
import type { Loaded } from './loadChecked.ts';
import { loadStagingHere } from './loadStaging.ts';
import { nativeEngine } from './native.ts';

/** What the thread is started with. */
export interface LoadThreadStart {
  home: string;
  options: StagingOptions;
}

/** From the thread: a step was begun with, or how it ended. A failure without a report is a defect. */
export type FromLoadThread =
  | { type: 'taken' }
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; loaded: Loaded }
  | { type: 'failed'; report?: ErrorReport; defect?: string };

if (parentPort) void serve(parentPort, workerData as LoadThreadStart);

/** The thread in which SQLite executes a dump while it is decoded in another: it takes steps and says how they ended. */
async function serve(port: MessagePort, { home, options }: LoadThreadStart): Promise<void> {
  const send = (message: FromLoadThread) => port.postMessage(message);
  // A cancelled load ends with its thread.
  const { signal } = new AbortController();
  const report = (progress: Progress) => send({ type: 'progress', progress });
  try {
    const engine = await nativeEngine({ home });
    if (!engine) throw new Error('This host has no SQLite of its own.');
    const steps = received(port, () => send({ type: 'taken' }));
    send({ type: 'done', loaded: await loadStagingHere(engine, options, steps, { signal, report }) });
  } catch (error) {
    if (error instanceof BackupError) send({ type: 'failed', report: error.toReport() });
    else send({ type: 'failed', defect: error instanceof Error ? error.stack : String(error) });
  }
}

/** Steps as they come in, up to the last one there is. */
async function* received(port: MessagePort, onTaken: () => void): AsyncGenerator<DumpStep> {
  const waiting: DumpStep[] = [];
  let wake: () => void = () => undefined;
  port.on('message', (step: DumpStep) => {
    waiting.push(step);
    wake();
  });
  for (;;) {
    const step = waiting.shift();
    if (!step) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    onTaken();
    yield step;
    if (step.kind === 'end') return;
  }
}
