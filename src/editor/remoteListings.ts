import * as vscode from 'vscode';
import { BackupError } from '../core/errors.ts';
import type { RemoteCopy, Service } from '../core/service.ts';
import { DisposableStore } from './disposables.ts';
import type { Log } from './log.ts';
import type { Session } from './session.ts';
import type { Tasks } from './tasks.ts';

/** What is known of a remote without asking anybody: being looked at, what it holds, or why that cannot be known. */
export type Listing =
  | { state: 'looking' }
  | { state: 'listed'; address: string; copies: RemoteCopy[] }
  | { state: 'failed'; failure: BackupError };

interface Parts {
  service: Service;
  tasks: Tasks;
  log: Log;
}

interface Known {
  /** What was found last stays while it is looked again. */
  listing: Listing;
  stop: AbortController;
  /** When it was looked, in milliseconds. */
  at: number;
  stale: boolean;
  looking: boolean;
}

/** What somebody else changed on a remote is seen so long after it was looked at, when the view is opened again. */
const oldMs = 5 * 60_000;

/** What the remotes hold, looked up once each and again when asked to. A secret that is not kept is not asked for. */
export class RemoteListings implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  /** By folder, settings and name: a remote that is set up otherwise is another. */
  readonly #known = new Map<string, Known>();

  /** One of them is known now, or not any more. */
  readonly onDidChange = this.#changed.event;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Starts looking where that was not done yet. */
  of(session: Session, remote: string): Listing {
    const key = keyOf(session, remote);
    const known = this.#known.get(key);
    if (known && !known.stale) return known.listing;
    const stop = new AbortController();
    const listing: Listing = known?.listing ?? { state: 'looking' };
    const at = Date.now();
    this.#known.set(key, { listing, stop, at, stale: false, looking: true });
    void this.#look(session, remote, stop.signal).then((found) => {
      // What was broken off for another look says nothing.
      if (stop.signal.aborted) return;
      this.#known.set(key, { listing: found, stop, at, stale: false, looking: false });
      this.#changed.fire();
    });
    return listing;
  }

  /** Looks again, at one remote or at all, as soon as somebody shows it. */
  refresh(session?: Session, remote?: string): void {
    const only = session && remote !== undefined ? keyOf(session, remote) : undefined;
    this.#outdate((key) => only === undefined || key === only);
  }

  /** Looks again at a remote that is not being looked at. */
  refreshFound(session: Session, remote: string): void {
    const only = keyOf(session, remote);
    this.#outdate((key, { looking }) => key === only && !looking);
  }

  /** Looks again at those that were looked at a while ago. */
  refreshOld(): void {
    const old = Date.now() - oldMs;
    this.#outdate((_, { at }) => at < old);
  }

  #outdate(which: (key: string, known: Known) => boolean): void {
    for (const [key, known] of this.#known) {
      if (!which(key, known)) continue;
      known.stop.abort();
      known.stale = true;
    }
    this.#changed.fire();
  }

  dispose(): void {
    for (const { stop } of this.#known.values()) stop.abort();
    this.#store.dispose();
  }

  async #look(session: Session, remote: string, signal: AbortSignal): Promise<Listing> {
    const { service, tasks, log } = this.#parts;
    try {
      const ask = { project: session.request, remote };
      const { address, files } = await tasks.quietlyWithKept((task) => service.remoteList(ask, task), signal);
      return { state: 'listed', address, copies: files };
    } catch (error) {
      const failure = error instanceof BackupError ? error : new BackupError('remote-failed', String(error));
      if (!signal.aborted) log.warn(`remote ${remote}: ${failure.message}`);
      return { state: 'failed', failure };
    }
  }
}

function keyOf(session: Session, remote: string): string {
  const { folder, settings } = session.request;
  return JSON.stringify([folder, settings?.remotes, remote]);
}
