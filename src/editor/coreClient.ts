import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { BackupError } from '../core/errors.ts';
import type { FromWorker, Method, ToWorker, WorkerStart } from '../core/rpc.ts';
import type { Service } from '../core/service.ts';
import type { Task } from '../core/task.ts';
import { CoreSentences } from './coreSentences.ts';

export interface CoreOptions {
  /** Absolute path of `dist/worker.js`. */
  workerPath: string;
  environment: Record<string, string | undefined>;
  /** The open folders' absolute paths, as they are when asked. */
  workspace(): readonly string[];
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

interface Call {
  task: Task;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The core behind its worker thread, started at the first call and again after a crash. */
export function startCore(options: CoreOptions): {
  service: Service;
  /** To be called where other folders are open. */
  workspaceChanged(): void;
  dispose(): Promise<void>;
} {
  const core = new CoreClient(options);
  // Every property is a method of the service: no list that could fall behind the interface.
  const service = new Proxy({} as Service, {
    get: (_, method) => (ask: unknown, task: Task) => core.call(method as Method, ask, task),
  });
  return {
    service,
    workspaceChanged: () => core.workspaceChanged(),
    dispose: () => core.dispose(),
  };
}

class CoreClient {
  readonly #options: CoreOptions;
  readonly #calls = new Map<number, Call>();
  readonly #sentences = new CoreSentences(vscode.l10n.bundle);
  #worker: Worker | undefined;
  #lastId = 0;
  #ended = false;

  constructor(options: CoreOptions) {
    this.#options = options;
  }

  call(method: Method, ask: unknown, task: Task): Promise<unknown> {
    if (task.signal.aborted) return Promise.reject(cancelled());
    const id = ++this.#lastId;
    const cancel = () => this.#send({ type: 'cancel', id });
    task.signal.addEventListener('abort', cancel, { once: true });
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { task, resolve, reject });
      const post = () => {
        if (task.signal.aborted || this.#ended) return reject(cancelled());
        const worker = this.#start();
        // Only unfinished work keeps the process alive.
        worker.ref();
        const detailed = task.ask.detailed === true;
        worker.postMessage({ type: 'call', id, method, ask, detailed } satisfies ToWorker);
      };
      // To start a thread takes some milliseconds, which activation does not wait for.
      if (this.#worker) post();
      else setImmediate(post);
    }).finally(() => {
      task.signal.removeEventListener('abort', cancel);
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#worker?.unref();
    });
  }

  workspaceChanged(): void {
    this.#send({ type: 'workspace', folders: this.#options.workspace() });
  }

  async dispose(): Promise<void> {
    this.#ended = true;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const { workerPath, environment, workspace } = this.#options;
    // The young heap is kept small for the reason that cli.ts gives.
    const resourceLimits = { maxYoungGenerationSizeMb: 6 };
    const workerData: WorkerStart = { environment, workspace: workspace() };
    const worker = new Worker(workerPath, { workerData, name: 'dbbackup', resourceLimits });
    const received = (message: FromWorker) => void this.#receive(this.#sentences.inMessage(message));
    worker.on('message', received);
    worker.on('error', (error) => this.#crashed(worker, error.stack ?? error.message));
    worker.on('exit', (code) => this.#crashed(worker, vscode.l10n.t('exit code {0}', code)));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  async #receive(message: FromWorker): Promise<void> {
    const call = this.#calls.get(message.id);
    if (!call) return;
    switch (message.type) {
      case 'progress':
        call.task.report(message.progress);
        return;
      case 'question': {
        const ask = call.task.ask[message.kind] as (body: never) => Promise<unknown>;
        const value = await ask(message.body as never).catch(() => undefined);
        this.#send({ type: 'answer', question: message.question, value });
        return;
      }
      case 'done':
        call.resolve(message.value);
        return;
      case 'failed':
        call.reject(this.#toError(message));
    }
  }

  #toError({ report, defect }: FromWorker & { type: 'failed' }): Error {
    if (report) return BackupError.fromReport(report);
    const [first = ''] = (defect ?? '').split('\n');
    this.#options.log('error', defect ?? first);
    return new BackupError(
      'failed',
      vscode.l10n.t('Something went wrong inside DB Backup: {0}', first),
      vscode.l10n.t('See the log for details.'),
    );
  }

  #crashed(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.#calls.size > 0) this.#options.log('error', `The worker thread ended: ${why}`);
    for (const call of this.#calls.values()) {
      const message = vscode.l10n.t('The worker thread ended: {0}', why);
      call.reject(new BackupError('failed', message, vscode.l10n.t('Try again; the log says more.')));
    }
  }
}

function cancelled(): BackupError {
  return new BackupError('cancelled', vscode.l10n.t('Cancelled. Nothing was changed.'));
}
