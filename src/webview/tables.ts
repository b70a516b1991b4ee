import { type Cell, pageRows, type TableInfo, type ToView, type View } from '../editor/preview/protocol.ts';
import { cellContent, copiedText, isNumber, type Speech, speechOf } from './cells.ts';
import { element, fill } from './dom.ts';
import { FilterBox } from './filterBox.ts';
import { Grid } from './grid.ts';
import { ask, memory } from './host.ts';
import { Pager } from './pager.ts';
import { TableList } from './tableList.ts';
import { showValues } from './valueDialog.ts';

type Opened = Extract<ToView, { type: 'opened' }>;

/** The data view: tables on the left, the rows of one of them on the right. */
export class Tables {
  readonly element: HTMLElement;
  readonly #tables: TableInfo[];
  readonly #speech: Speech;
  readonly #list: TableList;
  readonly #title = element('h1');
  readonly #filter: FilterBox;
  readonly #pager: Pager;
  readonly #grid = new Grid({
    sort: (column) => this.#sort(column),
    open: (row, column) => void this.#openCell(row, column),
    copy: (row, column) => void this.#copyCell(row, column),
    turn: (pages) => void this.#turn(pages),
  });
  #view: View = { table: '', offset: 0 };
  #asked = 0;

  constructor(opened: Opened, remembered: View | undefined) {
    this.#tables = opened.tables;
    this.#speech = speechOf(opened.words, opened.language);
    const { words, number } = this.#speech;
    const entries = opened.tables.map(({ name, rows }) => ({ name, detail: number(rows) }));
    this.#list = new TableList(words.tables, entries, (name) => this.choose(name));
    this.#filter = new FilterBox(words, (filter) =>
      this.#show({ ...this.#without('filter'), filter, offset: 0 }),
    );
    this.#pager = new Pager(this.#speech, pageRows, (offset) => this.#show({ ...this.#view, offset }));
    this.#view = this.#begin(opened.table, remembered);
    const notes = opened.notes.map((note) => element('p', { class: 'note', role: 'note' }, note));
    const nav = element('nav', { 'aria-label': words.tables }, this.#list.element);
    const bar = element('div', { class: 'bar' }, this.#title, this.#filter.element, this.#pager.element);
    const main = element('main', {}, ...notes, bar, this.#grid.element);
    this.element = element('div', { class: 'split' }, nav, main);
  }

  start(): void {
    if (this.#tables.length === 0) this.#pager.say(this.#speech.words.noTables);
    else this.#open(this.#view);
  }

  choose(table: string): void {
    if (table !== this.#view.table) this.#open({ table, offset: 0 });
  }

  #begin(wanted: string | undefined, remembered: View | undefined): View {
    const has = (name: string | undefined) => this.#tables.some((table) => table.name === name);
    if (wanted !== undefined && has(wanted) && wanted !== remembered?.table)
      return { table: wanted, offset: 0 };
    if (remembered && has(remembered.table)) return remembered;
    const first = this.#tables.find(({ rows }) => rows > 0) ?? this.#tables[0];
    return { table: first?.name ?? '', offset: 0 };
  }

  get #table(): TableInfo | undefined {
    return this.#tables.find(({ name }) => name === this.#view.table);
  }

  #open(view: View): void {
    this.#view = view;
    this.#list.select(view.table);
    this.#title.textContent = view.table;
    this.#filter.reset(this.#table?.columns.map(({ name }) => name) ?? []);
    this.#show(view);
  }

  #without(name: 'filter' | 'orderBy'): View {
    const { [name]: _, ...rest } = this.#view;
    return rest;
  }

  #show(view: View): void {
    this.#view = view;
    // What is searched for may be somebody's name: it is not remembered.
    memory.write(this.#without('filter'));
    void this.#load();
  }

  async #load(row = 1): Promise<void> {
    const asked = ++this.#asked;
    const { view, words } = { view: this.#view, words: this.#speech.words };
    const slow = setTimeout(() => this.#pager.say(words.loading), 300);
    try {
      const { rows, total } = await ask({ type: 'rows', view }, 'rows');
      if (asked !== this.#asked) return;
      this.#pager.render(view.offset, total, view.filter ? words.noMatch : words.noRows);
      this.#render(rows, total, row);
    } catch (error) {
      if (asked === this.#asked) this.#pager.say((error as Error).message);
    } finally {
      clearTimeout(slow);
    }
  }

  #render(rows: Cell[][], total: number, row: number): void {
    const { words, number } = this.#speech;
    const { offset, orderBy, table } = this.#view;
    const columns = (this.#table?.columns ?? []).map(
      ({ name, type, key }) =>
        ({
          name,
          detail: [type, key > 0 ? words.key : ''].filter(Boolean).join(', '),
          hint: fill(words.sortHint, name),
          sorted: orderBy?.column !== name ? undefined : orderBy.descending ? 'descending' : 'ascending',
        }) as const,
    );
    const shown = rows.map((cells, index) => ({
      head: number(offset + index + 1),
      cells: cells.map((cell) => ({ content: cellContent(cell, this.#speech), number: isNumber(cell) })),
    }));
    const label = fill(words.rowsOf, table);
    this.#grid.render({ label, corner: words.rowNumber, columns, rows: shown, offset, total }, row);
  }

  /** Ascending, descending, as stored. */
  #sort(at: number): void {
    const column = this.#table?.columns[at]?.name;
    if (column === undefined) return;
    const { orderBy } = this.#view;
    const rest = { ...this.#without('orderBy'), offset: 0 };
    if (orderBy?.column !== column) this.#view = { ...rest, orderBy: { column } };
    else this.#view = orderBy.descending ? rest : { ...rest, orderBy: { column, descending: true } };
    memory.write(this.#without('filter'));
    // The focus stays on the header that was pressed.
    void this.#load(0);
  }

  #turn(pages: -1 | 1): void {
    if (!this.#pager.canTurn(pages)) return;
    this.#show({ ...this.#view, offset: Math.max(0, this.#view.offset + pages * pageRows) });
  }

  async #openCell(at: number, column: number): Promise<void> {
    const found = await this.#wholeCell(at, column);
    if (!found) return;
    const { words, number } = this.#speech;
    const title = fill(words.valueOf, found.name, number(this.#view.offset + at + 1));
    showValues(title, [{ cell: found.cell }], this.#speech);
  }

  async #copyCell(at: number, column: number): Promise<void> {
    const found = await this.#wholeCell(at, column);
    if (found) await navigator.clipboard.writeText(copiedText(found.cell));
  }

  async #wholeCell(at: number, column: number): Promise<{ name: string; cell: Cell } | undefined> {
    const name = this.#table?.columns[column]?.name;
    if (name === undefined) return undefined;
    const row = this.#view.offset + at;
    try {
      const { cell } = await ask({ type: 'cell', view: this.#view, row, column: name }, 'cell');
      return { name, cell };
    } catch (error) {
      this.#pager.say((error as Error).message);
      return undefined;
    }
  }
}
