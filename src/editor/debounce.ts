import type { Disposable } from 'vscode';

/** Runs once after a burst: each call puts the run off by the delay, but never past eight delays in all. */
export class Debounced implements Disposable {
  readonly #run: () => void;
  readonly #delayMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;

  constructor(run: () => void, delayMs: number) {
    this.#run = run;
    this.#delayMs = delayMs;
  }

  schedule(): void {
    const now = Date.now();
    if (this.#timer === undefined) this.#since = now;
    else clearTimeout(this.#timer);
    const latest = this.#since + 8 * this.#delayMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#run();
      },
      Math.max(0, Math.min(this.#delayMs, latest - now)),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
