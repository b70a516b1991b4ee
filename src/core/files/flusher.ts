import type { FileHandle } from 'node:fs/promises';

/** Bytes after which a file is flushed once more. */
const flushBytes = 1 << 24;

/** Has the system carry a long file to the disk while it is being written, so that the sync at its end is short. */
export class Flusher {
  readonly #file: FileHandle;
  #running: Promise<void> | undefined;
  #flushed = 0;
  #failed: unknown;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param bytes how many the file has by now */
  wrote(bytes: number): void {
    if (this.#running || bytes - this.#flushed < flushBytes) return;
    this.#flushed = bytes;
    this.#running = this.#flush();
  }

  /** Settles when nothing is on its way. @throws what a flush failed with: the system tells a lost write only once */
  async done(): Promise<void> {
    await this.#running;
    if (this.#failed !== undefined) throw this.#failed;
  }

  async #flush(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      this.#failed ??= error;
    } finally {
      this.#running = undefined;
    }
  }
}
