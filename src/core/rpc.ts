import type { MessagePort } from 'node:worker_threads';
import { asError, BackupError, type ErrorReport } from './errors.ts';
import type { Service } from './service.ts';
import type { ConfirmQuestion, PassphraseQuestion, Progress, Task } from './task.ts';

export type Method = keyof Service;
export type QuestionKind = 'passphrase' | 'confirm';

/** What the worker is started with. */
export interface WorkerStart {
  environment: NodeJS.ProcessEnv;
  /** The open folders' absolute paths. */
  workspace: readonly string[];
}

/** From the editor to the worker. */
export type ToWorker =
  | { type: 'workspace'; folders: readonly string[] }
  | { type: 'call'; id: number; method: Method; ask: unknown; detailed: boolean }
  | { type: 'cancel'; id: number }
  | { type: 'answer'; question: number; value: unknown };

/** From the worker to the editor. A failure without a report is a defect: only the log sees its stack. */
export type FromWorker =
  | { type: 'progress'; id: number; progress: Progress }
  | {
      type: 'question';
      id: number;
      question: number;
      kind: QuestionKind;
      body: PassphraseQuestion | ConfirmQuestion;
    }
  | { type: 'done'; id: number; value: unknown }
  | { type: 'failed'; id: number; report?: ErrorReport; defect?: string };

type Handler = (ask: never, task: Task) => Promise<unknown>;

/**
 * Answers calls that come through a port with a service; progress, questions and cancellation travel beside them.
 * @param onWorkspace told when other folders are open
 */
export function serve(
  port: MessagePort,
  service: Service,
  onWorkspace: (folders: readonly string[]) => void,
): void {
  const running = new Map<number, AbortController>();
  const questions = new Map<number, (value: unknown) => void>();
  let lastQuestion = 0;

  const send = (message: FromWorker) => port.postMessage(message);
  const put = <T>(id: number, kind: QuestionKind, body: PassphraseQuestion | ConfirmQuestion) =>
    new Promise<T>((resolve) => {
      const question = ++lastQuestion;
      questions.set(question, resolve as (value: unknown) => void);
      send({ type: 'question', id, question, kind, body });
    });

  const run = async ({ id, method, ask, detailed }: ToWorker & { type: 'call' }) => {
    const controller = new AbortController();
    running.set(id, controller);
    const task: Task = {
      signal: controller.signal,
      report: (progress) => send({ type: 'progress', id, progress }),
      ask: {
        detailed,
        passphrase: (body) => put<string | undefined>(id, 'passphrase', body),
        confirm: (body) => put<boolean>(id, 'confirm', body),
      },
    };
    try {
      const value = await (service[method] as Handler).call(service, ask as never, quietly(task));
      send({ type: 'done', id, value });
    } catch (error) {
      send(failure(id, error, controller.signal));
    } finally {
      running.delete(id);
    }
  };

  port.on('message', (message: ToWorker) => {
    if (message.type === 'call') void run(message);
    else if (message.type === 'workspace') onWorkspace(message.folders);
    else if (message.type === 'cancel') running.get(message.id)?.abort();
    else questions.get(message.question)?.(message.value);
  });
}

function failure(id: number, error: unknown, signal: AbortSignal): FromWorker {
  if (error instanceof BackupError) return { type: 'failed', id, report: error.toReport() };
  if (signal.aborted) {
    return {
      type: 'failed',
      id,
      report: new BackupError('cancelled', 'Cancelled. Nothing was changed.').toReport(),
    };
  }
  return {
    type: 'failed',
    id,
    defect: asError(error).stack,
  };
}

const progressEveryMs = 50;

/** At most one progress message in 50 ms and phase: the work reports per chunk, people read per glance. */
export function quietly(task: Task): Task {
  let lastPhase: string | undefined;
  let lastAt = 0;
  return {
    signal: task.signal,
    ask: task.ask,
    report: (progress) => {
      const now = performance.now();
      if (progress.phase === lastPhase && now - lastAt < progressEveryMs) return;
      lastPhase = progress.phase;
      lastAt = now;
      task.report(progress);
    },
  };
}
