import { existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Task } from '../task.ts';
import { closeWhenUnlocked } from './descriptors.ts';
import { changeCounterOffset } from './header.ts';
import { pragma } from './nativeConnection.ts';
import { type LiveAccess, type LiveDatabase, openWatching } from './nativeLive.ts';

/** Tells whether anything was committed to a live database since the watch began. */
export interface Watch {
  readonly path: string;
  /** Bytes; undefined where there was no database yet. */
  readonly pageSize: number | undefined;
  readonly wal: boolean;
  /** May be asked while a writer of this process has the database locked, and is exact then. */
  moved(): boolean;
  close(): void;
}

/** @throws BackupError database-corrupt, busy */
export async function watch(
  path: string,
  access: LiveAccess,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<Watch> {
  if (!existsSync(path)) return new AbsenceWatch(path);
  return new ContentWatch(path, await openWatching(path, access, task));
}

/**
 * In WAL mode `PRAGMA data_version` of a connection of its own answers, which writers do not block. In the rollback
 * journal modes they do, and the file change counter answers, which every commit moves; it is read from the file
 * itself. (https://sqlite.org/pragma.html#pragma_data_version, https://sqlite.org/fileformat2.html, 1.3.7)
 */
class ContentWatch implements Watch {
  readonly path: string;
  readonly pageSize: number;
  readonly wal: boolean;
  readonly #live: LiveDatabase;
  readonly #descriptor: number;
  readonly #dataVersion: unknown;
  readonly #changeCounter: number;

  /** @param live inside a read transaction, so that nobody in exclusive mode commits without moving the counter */
  constructor(path: string, live: LiveDatabase) {
    this.path = path;
    this.#live = live;
    this.#descriptor = openSync(path, 'r');
    this.wal = pragma(live.database, 'journal_mode') === 'wal';
    this.pageSize = pragma(live.database, 'page_size');
    this.#dataVersion = pragma(live.database, 'data_version');
    this.#changeCounter = this.#readChangeCounter();
    live.database.exec('COMMIT');
  }

  moved(): boolean {
    if (this.#wasReplaced()) return true;
    if (this.wal) return pragma(this.#live.database, 'data_version') !== this.#dataVersion;
    return this.#readChangeCounter() !== this.#changeCounter;
  }

  close(): void {
    this.#live.close();
    closeWhenUnlocked(this.path, this.#descriptor);
  }

  #wasReplaced(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    const then = fstatSync(this.#descriptor);
    return now === undefined || now.ino !== then.ino || now.dev !== then.dev;
  }

  /** -1 for an empty file, which has no header yet. */
  #readChangeCounter(): number {
    if (fstatSync(this.#descriptor).size === 0) return -1;
    const bytes = Buffer.alloc(4);
    readSync(this.#descriptor, bytes, 0, bytes.length, changeCounterOffset);
    return bytes.readUInt32BE();
  }
}

/** There was no file. SQLite makes an empty one when it opens it to write; anything more is another process's. */
class AbsenceWatch implements Watch {
  readonly path: string;
  readonly pageSize = undefined;
  readonly wal = false;

  constructor(path: string) {
    this.path = path;
  }

  moved(): boolean {
    return (statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  }

  close(): void {}
}
