import { BackupError } from '../errors.ts';

interface Holdable {
  id: string;
  close(): Promise<void>;
}

interface Entry<T> {
  value: T;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

/** Nobody has asked for anything in so long: 15 minutes. */
const idleMs = 15 * 60_000;

/** What stays open between calls, until all who use it have closed it or nobody has asked for it in a while. */
export class HeldOpen<T extends Holdable> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #idleMs: number;

  constructor(idle = idleMs) {
    this.#idleMs = idle;
  }

  add(value: T): T {
    const entry: Entry<T> = { value, users: 1, timer: undefined };
    this.#entries.set(value.id, entry);
    this.#touch(entry);
    return value;
  }

  /** One that is open already gets one more who uses it. */
  share(fits: (value: T) => boolean): T | undefined {
    const entry = [...this.#entries.values()].find(({ value }) => fits(value));
    if (!entry) return undefined;
    entry.users++;
    this.#touch(entry);
    return entry.value;
  }

  /** @throws BackupError not-open */
  get(id: string): T {
    const entry = this.#entries.get(id);
    if (!entry) throw new BackupError('not-open', 'This backup is no longer open.', 'Open it again.');
    this.#touch(entry);
    return entry.value;
  }

  /** Whether it was open. */
  async close(id: string): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    entry.users--;
    if (entry.users === 0) await this.#end(entry);
    return true;
  }

  #touch(entry: Entry<T>): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.#end(entry), this.#idleMs);
    entry.timer.unref();
  }

  async #end({ value, timer }: Entry<T>): Promise<void> {
    clearTimeout(timer);
    this.#entries.delete(value.id);
    await value.close();
  }
}
