/** What a dump of ours says of itself: as comments, so that every reader of SQL passes over it. */
export interface DumpRecord {
  /** Rows per table when the dump was made, virtual tables included. */
  tables: { name: string; rows: number }[];
  /** Other facts by name: alias, host, date, commit, branch. */
  facts: Record<string, string>;
}

const version = 1;

/** The first line of a dump: it promises an end, so that a dump that was cut off at a statement is noticed. */
export const recordHeader = `-- dbbackup dump ${version}: complete only with its last line`;
const recordEnd = '-- dbbackup end';

/** The lines at a dump's end, each `-- dbbackup KIND JSON`, the last one `-- dbbackup end`. */
export function writeRecord({ tables, facts }: DumpRecord): string {
  const lines = [
    ...Object.entries(facts).map(([name, value]) => `-- dbbackup fact ${JSON.stringify([name, value])}`),
    ...tables.map(({ name, rows }) => `-- dbbackup table ${JSON.stringify([name, rows])}`),
    recordEnd,
  ];
  return `${lines.join('\n')}\n`;
}

/** Gathers a record from a dump's comments as they pass. */
export class RecordReader {
  #promised = false;
  #ended = false;
  readonly #record: DumpRecord = { tables: [], facts: {} };

  /** @param comment without its dashes, trimmed */
  see(comment: string): void {
    const line = `-- ${comment}`;
    if (line.startsWith('-- dbbackup dump ')) this.#promised = true;
    else if (line === recordEnd) this.#ended = true;
    else this.#fact(/^dbbackup (fact|table) (\[.*\])$/.exec(comment));
  }

  /** True where a dump of ours has not come to its end. */
  get cutOff(): boolean {
    return this.#promised && !this.#ended;
  }

  /** Undefined for dumps that are not ours. */
  get record(): DumpRecord | undefined {
    return this.#ended ? this.#record : undefined;
  }

  #fact(match: RegExpExecArray | null): void {
    if (!match) return;
    const values = parse(match[2] as string);
    const [name, value] = values ?? [];
    if (typeof name !== 'string') return;
    if (match[1] === 'table' && typeof value === 'number') this.#record.tables.push({ name, rows: value });
    if (match[1] === 'fact' && typeof value === 'string') this.#record.facts[name] = value;
  }
}

function parse(json: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
