import { setTimeout as delay } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';
import { hasCode } from '../files/fileProblem.ts';
import type { Pace } from './remote.ts';
import { BrokenConnection } from './transport.ts';

const longestDelayMs = 30_000;
const passing = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'EAI_AGAIN',
];

/** Whether an error may be gone at the next try. */
export function isPassing(error: unknown): boolean {
  return error instanceof BrokenConnection || hasCode(error, ...passing);
}

/** Decides after each failure whether there is another try, and waits for it. */
export class Patience {
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(pace: Pace, signal: AbortSignal) {
    this.#pace = pace;
    this.#signal = signal;
  }

  /**
   * Waits, longer each time and with some chance in it so that two machines part, or throws the error: when it will not
   * pass, or after `attempts` tries in a row that moved nothing.
   */
  async after(error: unknown, moved: boolean): Promise<void> {
    throwIfCancelled(this.#signal);
    this.#failures = moved ? 1 : this.#failures + 1;
    if (!isPassing(error) || this.#failures >= this.#pace.attempts) throw error;
    const longest = Math.min(this.#pace.firstDelayMs * 2 ** (this.#failures - 1), longestDelayMs);
    const options = { signal: this.#signal };
    await delay(longest * (0.5 + Math.random() / 2), undefined, options).catch(() => undefined);
    throwIfCancelled(this.#signal);
  }
}

/** @param work is given `progressed`, to call when something was moved that the next try need not move again */
export async function retrying<T>(
  pace: Pace,
  signal: AbortSignal,
  work: (progressed: () => void) => Promise<T>,
): Promise<T> {
  const patience = new Patience(pace, signal);
  for (;;) {
    throwIfCancelled(signal);
    let moved = false;
    try {
      return await work(() => {
        moved = true;
      });
    } catch (error) {
      await patience.after(error, moved);
    }
  }
}
