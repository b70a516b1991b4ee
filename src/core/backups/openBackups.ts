import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import type { TableInfo } from '../sqlite/browse.ts';
import type { DecodedBackup } from './openDecoded.ts';

/** A backup that is open, and what is known of its tables. */
export interface OpenBackup extends DecodedBackup {
  id: string;
  file: string;
  tables: TableInfo[];
}

interface Entry {
  backup: OpenBackup;
  /** What the file was when it was opened. */
  stamp: string;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

/** Nobody has asked for anything in so long: 15 minutes. */
const idleMs = 15 * 60_000;

/** The backups that are open for reading. One that several look at is decoded once. */
export class OpenBackups {
  readonly #entries = new Map<string, Entry>();
  readonly #idleMs: number;

  constructor(idle = idleMs) {
    this.#idleMs = idle;
  }

  /** @param rule what else must be the same for two to share one: how far signatures are demanded */
  async open(
    file: string,
    rule: string,
    decode: () => Promise<Omit<OpenBackup, 'id' | 'file'>>,
  ): Promise<OpenBackup> {
    const stamp = `${await stampOf(file)}|${rule}`;
    const same = [...this.#entries.values()].find(
      ({ backup, ...entry }) => backup.file === file && entry.stamp === stamp,
    );
    if (same) {
      same.users++;
      this.#touch(same);
      return same.backup;
    }
    const backup: OpenBackup = { ...(await decode()), id: randomUUID(), file };
    const entry: Entry = { backup, stamp, users: 1, timer: undefined };
    this.#entries.set(backup.id, entry);
    this.#touch(entry);
    return backup;
  }

  /** @throws BackupError not-open */
  get(id: string): OpenBackup {
    const entry = this.#entries.get(id);
    if (!entry) throw new BackupError('not-open', 'This backup is no longer open.', 'Open it again.');
    this.#touch(entry);
    return entry.backup;
  }

  /** Whether it was open; it is closed when all who opened it have closed it. */
  async close(id: string): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    entry.users--;
    if (entry.users === 0) await this.#end(entry);
    return true;
  }

  #touch(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.#end(entry), this.#idleMs);
    entry.timer.unref();
  }

  async #end({ backup, timer }: Entry): Promise<void> {
    clearTimeout(timer);
    this.#entries.delete(backup.id);
    await backup.close();
  }
}

async function stampOf(file: string): Promise<string> {
  const facts = await stat(file, { bigint: true }).catch(() => undefined);
  return facts ? [facts.ino, facts.size, facts.mtimeNs].join(':') : 'absent';
}
