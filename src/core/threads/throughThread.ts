import { Worker } from 'node:worker_threads';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { FromThread, ToThread } from './messages.ts';

/** Values on their way in, and values that came out and are not taken yet: enough that neither thread waits for long. */
const mostAhead = 4;

export interface ThreadOptions<In> {
  /** Path of the thread's script. */
  script: string;
  /** What it is started with; plain data. */
  start: unknown;
  signal: AbortSignal;
  /** Memory that goes over with a value, and is gone here. */
  transfer(value: In): ArrayBuffer[];
}

/**
 * Sends values through a thread of its own (see `serveThread`) and gives what comes out of it. Both sides are bounded; the
 * thread ends with the generator, whether it was read to its end or not.
 * @throws what the source or the thread fails with
 */
export async function* throughThread<In, Out>(
  source: AsyncIterable<In>,
  options: ThreadOptions<In>,
): AsyncGenerator<Out, void> {
  const { signal } = options;
  const passage = new Passage<In, Out>(options);
  const feeding = passage.feed(source);
  try {
    yield* passage.results();
  } catch (error) {
    // A thread that was stopped says nothing of why.
    throwIfCancelled(signal);
    throw error;
  } finally {
    await passage.close();
    await feeding;
  }
}

class Passage<In, Out> {
  readonly #worker: Worker;
  readonly #options: ThreadOptions<In>;
  readonly #stop = () => void this.#worker.terminate();
  readonly #ready: Out[] = [];
  #ended = false;
  #failure: { error: unknown } | undefined;
  #ahead = 0;
  #wake: (() => void)[] = [];

  constructor(options: ThreadOptions<In>) {
    this.#options = options;
    this.#worker = new Worker(options.script, { workerData: options.start });
    this.#worker.on('message', (message: FromThread<Out>) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => {
      if (!this.#ended) this.#fail(new Error('thread ended before its work was done'));
    });
    options.signal.addEventListener('abort', this.#stop);
  }

  /** Never fails: what the source fails with is thrown where results are taken. */
  async feed(source: AsyncIterable<In>): Promise<void> {
    try {
      for await (const value of source) {
        while (this.#ahead >= mostAhead || this.#ready.length >= mostAhead) {
          if (this.#failure) return;
          await this.#change();
        }
        if (this.#failure) return;
        this.#ahead++;
        this.#post({ value }, this.#options.transfer(value));
      }
      this.#post({ end: true }, []);
    } catch (error) {
      this.#fail(error);
    }
  }

  async *results(): AsyncGenerator<Out, void> {
    for (;;) {
      const next = this.#ready.shift();
      if (next !== undefined) {
        this.#changed();
        yield next;
      } else if (this.#failure) throw this.#failure.error;
      else if (this.#ended) return;
      else await this.#change();
    }
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#stop);
    this.#failure ??= { error: new Error('nobody waits for the rest') };
    this.#changed();
    await this.#worker.terminate();
  }

  #post(message: ToThread<In>, transfer: ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromThread<Out>): void {
    if (message.type === 'taken') this.#ahead--;
    else if (message.type === 'result') this.#ready.push(message.value);
    else if (message.type === 'end') this.#ended = true;
    else if (message.report) this.#failure ??= { error: BackupError.fromReport(message.report) };
    else this.#failure ??= { error: new Error(message.defect) };
    this.#changed();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
