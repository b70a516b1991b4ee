import { tmpdir } from 'node:os';
import type { Progress } from '../task.ts';
import { serveThread } from '../threads/serveThread.ts';
import type { DumpStep } from './dumpSteps.ts';
import type { StagingOptions } from './engine.ts';
import type { LoadThreadResult } from './loadInThread.ts';
import { loadStagingHere } from './loadStaging.ts';
import { nativeEngine } from './native.ts';

// SQLite executes a dump here while the next part of it is decoded in the thread that sends it.
serveThread<StagingOptions, DumpStep, LoadThreadResult>(async (steps, options, emit) => {
  // Nothing live is opened here, which is what the engine wants a home for.
  const engine = await nativeEngine({ home: tmpdir() });
  if (!engine) throw new Error('no SQLite of its own in this thread');
  // A load that is cancelled ends with its thread.
  const { signal } = new AbortController();
  const report = (progress: Progress) => emit({ progress });
  emit({ loaded: await loadStagingHere(engine, options, steps, { signal, report }) });
});
