import { join } from 'node:path';
import * as vscode from 'vscode';
import { startCore } from '../../../src/editor/coreClient.ts';
import type { Log } from '../../../src/editor/log.ts';
import type { Passphrases } from '../../../src/editor/passphrases.ts';
import { Tasks } from '../../../src/editor/tasks.ts';

/** The real core in a worker of the test's own; nothing can be asked there. */
export function startTestCore(log: Log, environment: NodeJS.ProcessEnv = process.env) {
  const folder = vscode.extensions.getExtension('dbbackup.vscode-dbbackup')?.extensionPath ?? '';
  const core = startCore({
    workerPath: join(folder, 'dist/worker.js'),
    environment: { ...environment },
    workspace: () => [],
    log: (level, message) => log[level](message),
  });
  return { ...core, tasks: new Tasks({} as Partial<Passphrases> as Passphrases) };
}
