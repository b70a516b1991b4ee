import type { Asker, Progress, Task } from '../../src/core/task.ts';

/** A task that keeps what is reported and answers questions with what it was given; by default with "no". */
export function testTask(
  answers: Partial<Asker> = {},
  signal: AbortSignal = new AbortController().signal,
): Task & { progress: Progress[] } {
  const progress: Progress[] = [];
  return {
    signal,
    progress,
    report: (step) => void progress.push(step),
    ask: {
      passphrase: answers.passphrase ?? (async () => undefined),
      confirm: answers.confirm ?? (async () => false),
    },
  };
}
