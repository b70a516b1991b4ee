import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';
import { differences, type RowDifference } from './compare.ts';
import type { Connection } from './engine.ts';
import { quoteName } from './names.ts';
import type { ComparedTable } from './pairTables.ts';
import { inStoredOrder } from './tables.ts';

/** The differences of one table by pages: read on where the last page ended, from the beginning where one goes back. */
export class DifferencePages {
  readonly #start: () => Iterator<RowDifference | null>;
  #running: Iterator<RowDifference | null> | undefined;
  #position = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(start: () => Iterator<RowDifference | null>) {
    this.#start = start;
  }

  /** One page at a time: they share where they are. */
  async read(offset: number, limit: number, signal: AbortSignal): Promise<RowDifference[]> {
    const reading = this.#last.then(() => this.#read(offset, limit, signal));
    this.#last = reading.catch(() => this.#restart());
    return reading;
  }

  async #read(offset: number, limit: number, signal: AbortSignal): Promise<RowDifference[]> {
    if (!this.#running || offset < this.#position) this.#restart();
    const page: RowDifference[] = [];
    while (page.length < limit) {
      const next = this.#running?.next();
      if (!next || next.done) break;
      if (next.value === null) {
        await setImmediate();
        throwIfCancelled(signal);
      } else if (this.#position++ >= offset) page.push(next.value);
    }
    return page;
  }

  #restart(): void {
    this.#running?.return?.();
    this.#running = this.#start();
    this.#position = 0;
  }
}

/** The differences of a table that both sides have. */
export function pagesOfPair(before: Connection, after: Connection, table: ComparedTable): DifferencePages {
  return new DifferencePages(() => differences(before, after, table));
}

/** All rows of a table that one side alone has. */
export function pagesOfOne(
  side: Connection,
  kind: 'added' | 'removed',
  name: string,
  columns: string[],
): DifferencePages {
  return new DifferencePages(() => rowsOf(side, kind, name, columns));
}

function* rowsOf(
  side: Connection,
  kind: 'added' | 'removed',
  name: string,
  columns: string[],
): Generator<RowDifference> {
  const order = inStoredOrder(side, name);
  const sql = `SELECT ${columns.map(quoteName).join(', ')} FROM main.${quoteName(name)} ${order}`;
  for (const row of side.rows(sql)) {
    yield kind === 'added' ? { kind, after: row } : { kind, before: row };
  }
}
