import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ErrorReport } from '../../src/core/errors.ts';
import type { FromWorker, Method, ToWorker } from '../../src/core/rpc.ts';

/** What the process of another window does with the core: its worker thread, one call, and yes to each question. */
const program = `
const { Worker } = require('node:worker_threads');
const [path, start, call] = process.argv.slice(1);
const worker = new Worker(path, { workerData: JSON.parse(start) });
worker.on('message', (message) => {
  if (message.type === 'question') worker.postMessage({ type: 'answer', question: message.question, value: true });
  if (message.type !== 'done' && message.type !== 'failed') return;
  console.log(JSON.stringify(message));
  worker.terminate();
});
worker.postMessage(JSON.parse(call));`;

const workerFile = resolve(import.meta.dirname, '../../dist/worker.js');
const { DBBACKUP_TEST_COVERAGE } = process.env;

/** How a call ended in another editor's process. */
export interface EditorAnswer {
  value?: unknown;
  report?: ErrorReport | undefined;
}

/** Calls the core as another window of the editor does: the built worker in a process of its own. */
export function inOtherEditor(
  home: string,
  method: Method,
  ask: { project: { folder: string } },
): Promise<EditorAnswer> {
  const start = { environment: { ...process.env, DBBACKUP_HOME: home }, workspace: [ask.project.folder] };
  const call: ToWorker = { type: 'call', id: 1, method, ask, detailed: false };
  const child = spawn(
    process.execPath,
    ['--no-warnings', '-e', program, workerFile, JSON.stringify(start), JSON.stringify(call)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...(DBBACKUP_TEST_COVERAGE ? { NODE_V8_COVERAGE: DBBACKUP_TEST_COVERAGE } : {}),
      },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', () => {
      if (said === '') return fail(new Error('the other editor ended without an answer'));
      const message = JSON.parse(said) as FromWorker & { type: 'done' | 'failed' };
      if (message.type === 'done') done({ value: message.value });
      else if (message.report) done({ report: message.report });
      else fail(new Error(message.defect));
    });
  });
}
