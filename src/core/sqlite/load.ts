import { BackupError, throwIfCancelled } from '../errors.ts';
import { release } from '../files/release.ts';
import type { Bytes } from '../task.ts';
import { type DumpStep, dumpSteps } from './dumpSteps.ts';
import type { Connection } from './engine.ts';
import { quoteName } from './names.ts';
import type { DumpRecord } from './record.ts';
import { quotedTokens } from './statementText.ts';
import { fromUtf8, type TextEncoding, textEncoding } from './textEncoding.ts';

export interface LoadOptions {
  signal: AbortSignal;
  /** Bytes of a statement; {@link longestStatement} where left out. */
  longest?: number;
}

export interface LoadResult {
  /** What the dump says of itself; undefined for dumps that are not ours. */
  record: DumpRecord | undefined;
}

/**
 * Loads a dump of any kind into a new staging database. Objects are made in the order that works: tables and rows as they
 * come, then each index, view and trigger once. A row that will not go in fails the load.
 * @throws BackupError not-a-dump, foreign-engine, forbidden-statement, row-refused, damaged, over-limit
 */
export async function load(
  source: Bytes,
  staging: Connection,
  { signal, longest }: LoadOptions,
): Promise<LoadResult> {
  return loadSteps(dumpSteps(source, longest), staging, signal);
}

/** As {@link load}, for a dump that is read elsewhere. */
export async function loadSteps(
  steps: AsyncIterable<DumpStep>,
  staging: Connection,
  signal: AbortSignal,
): Promise<LoadResult> {
  const loader = new Loader(staging);
  try {
    for await (const step of steps) {
      throwIfCancelled(signal);
      loader.take(step);
    }
    return { record: loader.record };
  } catch (error) {
    loader.abandon();
    throw error;
  }
}

interface Text {
  sql: string;
  line: number;
}

class Loader {
  /** Known at the end. */
  record: DumpRecord | undefined;
  readonly #staging: Connection;
  readonly #encoding: TextEncoding;
  readonly #tables = new Set<string>();
  readonly #shadows = new Map<string, 'skip' | 'replace'>();
  readonly #later = {
    index: new Map<string, Text>(),
    view: new Map<string, Text>(),
    trigger: new Map<string, Text>(),
  };

  constructor(staging: Connection) {
    this.#staging = staging;
    this.#encoding = textEncoding(staging);
    staging.exec('BEGIN');
  }

  /** Leaves the transaction, so that the database can be closed. What is in it is of no use any more. */
  abandon(): void {
    try {
      this.#staging.exec('ROLLBACK');
    } catch {
      // It may have ended with the error that brought us here.
    }
  }

  take(step: DumpStep): void {
    switch (step.kind) {
      case 'rows':
        this.#insert(step);
        return;
      case 'setting':
        this.#exec(step);
        return;
      case 'table':
        this.#createTable(step);
        return;
      case 'virtual-table':
        this.#createVirtualTable(step);
        return;
      case 'again':
        this.#exec({ sql: `DROP TABLE ${quoteName(step.name)};`, line: step.line });
        this.#exec(step);
        return;
      case 'empty':
        if (!this.#shadows.has(step.table))
          this.#exec({ sql: `DELETE FROM ${quoteName(step.table)};`, line: step.line });
        return;
      case 'sequence-reset':
        this.#resetSequence();
        return;
      case 'later':
        if (!this.#later[step.object].has(step.name)) this.#later[step.object].set(step.name, step);
        return;
      case 'end':
        this.#finish(step.record);
    }
  }

  #finish(record: DumpRecord | undefined): void {
    if (this.#tables.size === 0 && record === undefined) {
      throw new BackupError(
        'not-a-dump',
        'This file holds no table: it is no dump of a database.',
        'Check that this is the file you mean.',
      );
    }
    for (const objects of [this.#later.index, this.#later.view, this.#later.trigger]) {
      for (const text of objects.values()) this.#exec(text);
    }
    this.#staging.exec('COMMIT');
    this.record = record;
  }

  /** Old dumps name a table again before each batch of theirs; shadow tables come with their virtual table. */
  #createTable(table: Text & { name: string; virtual: boolean }): void {
    if (this.#shadows.has(table.name) || this.#tables.has(table.name)) return;
    this.#exec(table);
    this.#tables.add(table.name);
    if (table.virtual) this.#noteShadows('skip');
  }

  /** In the shell's form the rows of a virtual table stand in its shadow tables alone. */
  #createVirtualTable(table: Text & { name: string }): void {
    this.#exec(table);
    this.#tables.add(table.name);
    this.#noteShadows('replace');
  }

  #noteShadows(rows: 'skip' | 'replace'): void {
    for (const [name] of this.#staging.rows("SELECT name FROM pragma_table_list WHERE type = 'shadow'")) {
      if (!this.#shadows.has(String(name))) this.#shadows.set(String(name), rows);
    }
  }

  #resetSequence(): void {
    for (const _ of this.#staging.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")) {
      this.#staging.exec('DELETE FROM sqlite_sequence');
    }
  }

  #insert({ table, line, sql }: DumpStep & { kind: 'rows' }): void {
    const shadow = this.#shadows.get(table);
    if (shadow === 'skip') return;
    if (shadow === 'replace' && !this.#tables.has(table)) {
      this.#staging.exec(`DELETE FROM ${quoteName(table)}`);
      this.#tables.add(table);
    }
    const text = Buffer.from(sql.buffer).toString('utf8');
    release(sql);
    this.#run(
      this.#encoding === 'utf8' ? text : withBytesIn(this.#encoding, text),
      `A row from line ${line} on (${table})`,
    );
  }

  #exec({ sql, line }: Text): void {
    this.#run(sql, `Line ${line} (${sql.slice(0, 60).replace(/\s+/g, ' ')})`);
  }

  #run(sql: string, where: string): void {
    try {
      this.#staging.exec(sql);
    } catch (error) {
      if (error instanceof BackupError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const missing = /no such module: (\w+)/.exec(reason)?.[1];
      if (missing) throw engineCannot(missing);
      throw new BackupError(
        'row-refused',
        `${where} cannot be restored: ${reason}.`,
        'The dump is not complete in itself. Nothing was changed; use another backup.',
        { cause: error },
      );
    }
  }
}

function engineCannot(module: string): BackupError {
  return new BackupError(
    'engine-cannot',
    `This backup has a table of the module ${module}, which this build of SQLite does not have.`,
    'Restore it with Node 22.16 or later, whose own SQLite has it.',
  );
}

const castOrQuoted = new RegExp(`CAST\\(X'([0-9A-F]*)' AS TEXT\\)|${quotedTokens.source}`, 'gi');

/** Bytes that stand for text are UTF-8 in every dump, and a cast takes them for the database's own encoding. */
function withBytesIn(encoding: TextEncoding, sql: string): string {
  return sql.replace(castOrQuoted, (found, hex?: string) =>
    hex === undefined
      ? found
      : `CAST(X'${fromUtf8(encoding, Buffer.from(hex, 'hex')).toString('hex')}' AS TEXT)`,
  );
}
