import type { ChosenRows, TableDifference } from '../editor/preview/protocol.ts';

/** Which rows are ticked, by table, over all pages. */
export class Ticks {
  readonly #rows = new Map<string, Set<number>>();
  readonly #all = new Map<string, number>();

  has(table: string, row: number): boolean {
    return this.#all.has(table) || this.#rows.get(table)?.has(row) === true;
  }

  toggle({ name, ...table }: TableDifference, row: number): void {
    const rows = this.#all.has(name) ? everyRow(countOf(table)) : (this.#rows.get(name) ?? new Set());
    this.#all.delete(name);
    if (!rows.delete(row)) rows.add(row);
    this.#rows.set(name, rows);
  }

  setAll({ name, ...table }: TableDifference, ticked: boolean): void {
    this.#rows.delete(name);
    if (ticked) this.#all.set(name, countOf(table));
    else this.#all.delete(name);
  }

  get count(): number {
    let count = 0;
    for (const rows of this.#rows.values()) count += rows.size;
    for (const rows of this.#all.values()) count += rows;
    return count;
  }

  get chosen(): ChosenRows[] {
    const some = [...this.#rows].filter(([, rows]) => rows.size > 0);
    return [
      ...some.map(([table, rows]) => ({ table, rows: [...rows].sort((a, b) => a - b) })),
      ...[...this.#all.keys()].map((table) => ({ table, rows: 'all' as const })),
    ];
  }
}

function countOf({ added, removed, changed }: Omit<TableDifference, 'name'>): number {
  return added + removed + changed;
}

function everyRow(count: number): Set<number> {
  return new Set(Array.from({ length: count }, (_, index) => index));
}
