import { registerHooks } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Task } from '../../src/core/task.ts';

/** The little that the worker's client wants of the editor: words as they are. */
const words = 'data:text/javascript,export const l10n = { bundle: undefined, t: (text) => text };';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: words, format: 'module', shortCircuit: true } : next(specifier, context),
});

/** Backs up and restores through the worker thread as the editor does, and tells the longest stall of this thread. */
export async function longestStall(
  workerPath: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ longestMs: number }> {
  const { startCore } = await import('../../src/editor/coreClient.ts');
  const { service, dispose } = startCore({
    workerPath,
    environment,
    workspace: () => [folder],
    log: (_level, message) => console.error(message),
  });
  const task: Task = {
    signal: new AbortController().signal,
    report: () => undefined,
    ask: { passphrase: async () => undefined, confirm: async () => true },
  };
  const project = { folder };
  await service.detect({ project }, task);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const { backups } = await service.backup(
    { project, what: 'database', recipients: ['bench@example.org'] },
    task,
  );
  await service.restore({ project, what: 'database', file: backups[0]?.path, undo: true }, task);
  delay.disable();
  await dispose();
  return { longestMs: delay.max / 1e6 };
}
