import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';
import { BackupError, throwIfCancelled } from '../../../src/core/errors.ts';
import { type FromWorker, serve, type ToWorker } from '../../../src/core/rpc.ts';
import type { Service } from '../../../src/core/service.ts';
import type { Task } from '../../../src/core/task.ts';

type Methods = Partial<Record<keyof Service, (ask: never, task: Task) => Promise<unknown>>>;

/** The editor's side of a port behind which a service stands, all that comes from there, and the folders it was told. */
function served(service: Methods) {
  const { port1, port2 } = new MessageChannel();
  const told: FromWorker[] = [];
  const folders: (readonly string[])[] = [];
  port1.on('message', (message: FromWorker) => told.push(message));
  serve(port2, service as Service, (open) => void folders.push(open));
  onTestFinished(() => port1.close());
  const send = (message: ToWorker) => port1.postMessage(message);
  const call = (id: number, method: keyof Service, ask: unknown = {}, detailed = false) =>
    send({ type: 'call', id, method, ask, detailed });
  const next = async (count = 1) => {
    await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(count));
    return told.splice(0);
  };
  return { send, call, next, folders, port: port1 as MessagePort };
}

it('a call is answered with what the service gives, beside its progress', async () => {
  const { call, next } = served({
    verify: async (ask, { report }) => {
      report({ phase: 'reading', done: 1, unit: 'bytes' });
      return { asked: ask };
    },
  });
  call(7, 'verify', { file: '/a' });
  expect(await next(2)).toEqual([
    { type: 'progress', id: 7, progress: { phase: 'reading', done: 1, unit: 'bytes' } },
    { type: 'done', id: 7, value: { asked: { file: '/a' } } },
  ]);
});

it('questions travel to whoever called and their answers back, those of two calls apart', async () => {
  const question = { kind: 'key', userId: 'Ops', fingerprint: 'AB', attempt: 1 } as const;
  const confirm = { action: 'undo', target: '/db', from: 'x', tables: [], warnings: [] } as const;
  const { call, next, send } = served({
    inspect: async (_ask, { ask }) => [await ask.passphrase(question), ask.detailed],
    undo: async (_ask, { ask }) => [await ask.confirm(confirm as never), ask.detailed],
  });
  call(1, 'inspect');
  call(2, 'undo', {}, true);
  const asked = (await next(2)) as (FromWorker & { type: 'question' })[];
  expect(asked.map(({ id, kind, body }) => ({ id, kind, body }))).toEqual([
    { id: 1, kind: 'passphrase', body: question },
    { id: 2, kind: 'confirm', body: confirm },
  ]);
  send({ type: 'answer', question: asked[1]?.question ?? 0, value: true });
  expect(await next()).toEqual([{ type: 'done', id: 2, value: [true, true] }]);
  // An answer to what was not asked is nobody's.
  send({ type: 'answer', question: 99, value: 'lost' });
  send({ type: 'answer', question: asked[0]?.question ?? 0, value: 'secret' });
  expect(await next()).toEqual([{ type: 'done', id: 1, value: ['secret', false] }]);
});

it('what is cancelled ends as that, whatever the work throws then, and nothing else does', async () => {
  const until = (signal: AbortSignal) =>
    new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stream closed'))));
  const { call, next, send } = served({
    backup: async (_ask, { signal }) => until(signal),
    list: async (_ask, { signal }) => {
      await until(signal).catch(() => throwIfCancelled(signal));
    },
  });
  call(1, 'backup');
  call(2, 'list');
  send({ type: 'cancel', id: 1 });
  send({ type: 'cancel', id: 1 });
  const report = { code: 'cancelled', message: 'Cancelled. Nothing was changed.' };
  expect(await next()).toEqual([{ type: 'failed', id: 1, report }]);
  send({ type: 'cancel', id: 2 });
  expect(await next()).toEqual([{ type: 'failed', id: 2, report }]);
  // Of what is over, nothing is left to be cancelled.
  send({ type: 'cancel', id: 2 });
});

it('an error for people keeps its code and hint, a defect its stack, even where it is no error', async () => {
  const { call, next } = served({
    restore: async () => {
      throw new BackupError('damaged', 'It is cut off.', 'Fetch it again.');
    },
    prune: async () => {
      throw new TypeError('x is not a function');
    },
    health: async () => {
      throw 'a word';
    },
  });
  call(1, 'restore');
  expect(await next()).toEqual([
    {
      type: 'failed',
      id: 1,
      report: { code: 'damaged', message: 'It is cut off.', hint: 'Fetch it again.' },
    },
  ]);
  call(2, 'prune');
  call(3, 'health');
  const failed = await next(2);
  expect(failed).toMatchObject([
    { type: 'failed', id: 2, defect: expect.stringContaining('TypeError: x is not a function') },
    { type: 'failed', id: 3, defect: expect.stringContaining('a word') },
  ]);
  for (const message of failed) expect(message).not.toHaveProperty('report');
});

it('of progress in one phase only some is told; each new phase is', async () => {
  const { call, next } = served({
    drillDue: async (_ask, { report }) => {
      for (let done = 0; done < 1000; done++) report({ phase: 'reading', done, unit: 'bytes' });
      report({ phase: 'writing' });
      return null;
    },
  });
  call(1, 'drillDue');
  const told = await next(3);
  const progress = told.filter(({ type }) => type === 'progress');
  expect(progress[0]).toMatchObject({ progress: { phase: 'reading', done: 0 } });
  expect(progress.at(-1)).toMatchObject({ progress: { phase: 'writing' } });
  expect(progress.length).toBeLessThan(20);
});

it('other open folders are told', async () => {
  const { send, folders } = served({});
  send({ type: 'workspace', folders: ['/a', '/b'] });
  await vi.waitFor(() => expect(folders).toEqual([['/a', '/b']]));
});
