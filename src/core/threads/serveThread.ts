import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import type { FromThread, ToThread } from './messages.ts';

/** Works on what comes in, and hands over what comes of it. */
export type ThreadWork<Start, In, Out> = (
  input: AsyncIterable<In>,
  start: Start,
  emit: (value: Out) => void,
) => Promise<void>;

/**
 * The inside of a thread that `throughThread` starts.
 * @param transfer memory that goes over with a result, and is gone here
 */
export function serveThread<Start, In, Out>(
  work: ThreadWork<Start, In, Out>,
  transfer: (value: Out) => ArrayBuffer[] = () => [],
): void {
  if (parentPort) void serve(parentPort, work, transfer);
}

async function serve<Start, In, Out>(
  port: MessagePort,
  work: ThreadWork<Start, In, Out>,
  transfer: (value: Out) => ArrayBuffer[],
): Promise<void> {
  const send = (message: FromThread<Out>, memory: ArrayBuffer[] = []) => port.postMessage(message, memory);
  try {
    const input = received<In>(port, () => send({ type: 'taken' }));
    await work(input, workerData as Start, (value) => send({ type: 'result', value }, transfer(value)));
    send({ type: 'end' });
  } catch (error) {
    if (error instanceof BackupError) send({ type: 'failed', report: error.toReport() });
    else send({ type: 'failed', defect: error instanceof Error ? (error.stack ?? '') : String(error) });
  }
}

async function* received<In>(port: MessagePort, onTaken: () => void): AsyncGenerator<In> {
  const waiting: ToThread<In>[] = [];
  let wake: () => void = () => undefined;
  port.on('message', (message: ToThread<In>) => {
    waiting.push(message);
    wake();
  });
  for (;;) {
    const next = waiting.shift();
    if (!next) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else if ('end' in next) return;
    else {
      onTaken();
      yield next.value;
    }
  }
}
