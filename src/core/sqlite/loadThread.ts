import type { Progress } from '../task.ts';
import { serveThread } from '../threads/serveThread.ts';
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

/** What comes out of it: how far it is and, at the end, what was loaded. */
export type LoadThreadResult = { progress: Progress } | { loaded: Loaded };

// SQLite executes a dump here while the next part of it is decoded in the thread that sends it.
serveThread<LoadThreadStart, DumpStep, LoadThreadResult>(async (steps, { home, options }, emit) => {
  const engine = await nativeEngine({ home });
  if (!engine) throw new Error('This host has no SQLite of its own.');
  // A load that is cancelled ends with its thread.
  const { signal } = new AbortController();
  const report = (progress: Progress) => emit({ progress });
  emit({ loaded: await loadStagingHere(engine, options, steps, { signal, report }) });
});
