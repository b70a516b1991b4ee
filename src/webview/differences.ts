import {
  type Cell,
  type Difference,
  differenceRows,
  type TableDifference,
  type ToView,
} from '../editor/preview/protocol.ts';
import { cellContent, copiedText, isNumber, type Speech, speechOf } from './cells.ts';
import { element, fill } from './dom.ts';
import { Grid, type GridRow } from './grid.ts';
import { ask, memory, tell } from './host.ts';
import { Pager } from './pager.ts';
import { TableList } from './tableList.ts';
import { Ticks } from './ticks.ts';
import { showValues } from './valueDialog.ts';

type Compared = Extract<ToView, { type: 'compared' }>;

interface View {
  table: string;
  offset: number;
}

/** A comparison: the tables that differ on the left, their rows on the right, those that changed in two lines. */
export class Differences {
  readonly element: HTMLElement;
  readonly #tables: TableDifference[];
  readonly #speech: Speech;
  readonly #list: TableList;
  readonly #title = element('h2');
  readonly #facts = element('div', { class: 'facts' });
  readonly #pager: Pager;
  readonly #grid = new Grid({
    open: (row, column) => void this.#openCell(row, column),
    copy: (row, column) => void this.#copyCell(row, column),
    turn: (pages) => this.#turn(pages),
    tick: (line) => this.#tick(line),
  });
  readonly #live: boolean;
  readonly #ticks = new Ticks();
  readonly #all = element('button', { type: 'button' });
  readonly #none = element('button', { type: 'button' });
  readonly #take = element('button', { type: 'button', class: 'primary' });
  #view: View = { table: '', offset: 0 };
  #asked = 0;
  /** Which difference each line of the grid belongs to. */
  #lines: number[] = [];

  constructor(compared: Compared, remembered: View | undefined) {
    this.#speech = speechOf(compared.words, compared.language);
    this.#tables = compared.tables.filter(differs);
    this.#live = compared.live;
    const { words, number } = this.#speech;
    const entries = this.#tables.map((table) => ({ name: table.name, detail: this.#counts(table) }));
    this.#list = new TableList(words.tables, entries, (name) => this.#open({ table: name, offset: 0 }));
    this.#pager = new Pager(this.#speech, differenceRows, (offset) => this.#show({ ...this.#view, offset }));
    this.#view = this.#find(remembered?.table)
      ? remembered!
      : { table: this.#tables[0]?.name ?? '', offset: 0 };
    const same = compared.tables.length - this.#tables.length;
    const rest = element('p', { class: 'rest' }, fill(words.unchanged, number(same)));
    const nav = element('nav', { 'aria-label': words.tables }, this.#list.element, rest);
    const heading = element('h1', {}, words.heading ?? '');
    const notes = compared.notes.map((note) => element('p', { class: 'note', role: 'note' }, note));
    const top = element('div', { class: 'bar' }, heading, schemaPart(compared));
    const buttons = compared.live ? this.#tickButtons() : [];
    const bar = element('div', { class: 'bar' }, this.#title, ...buttons, this.#pager.element);
    const main = element('main', {}, top, ...notes, bar, this.#facts, this.#grid.element);
    this.element = element('div', { class: 'split' }, nav, main);
  }

  start(): void {
    this.#showTicks();
    if (this.#tables.length === 0) this.#pager.render(0, 0, this.#speech.words.nothing);
    else this.#open(this.#view);
  }

  #tickButtons(): HTMLElement[] {
    const { words } = this.#speech;
    this.#all.textContent = words.tickAll;
    this.#none.textContent = words.tickNone;
    const set = (ticked: boolean) => {
      const table = this.#find(this.#view.table);
      if (table) this.#ticks.setAll(table, ticked);
      this.#showTicks();
    };
    this.#all.addEventListener('click', () => set(true));
    this.#none.addEventListener('click', () => set(false));
    this.#take.addEventListener('click', () => tell({ type: 'takeBack', chosen: this.#ticks.chosen }));
    return [this.#all, this.#none, this.#take];
  }

  #tick(line: number): void {
    const [table, row] = [this.#find(this.#view.table), this.#lines[line]];
    if (!this.#canTick(table) || row === undefined) return;
    this.#ticks.toggle(table, this.#view.offset + row);
    this.#showTicks();
  }

  /** A table that is new comes with its rows; one that goes is nothing to take back. */
  #canTick(table: TableDifference | undefined): table is TableDifference {
    return this.#live && table !== undefined && table.rowsAfter !== null;
  }

  #showTicks(): void {
    const { words, number } = this.#speech;
    const { table, offset } = this.#view;
    for (const [line, row] of this.#lines.entries()) {
      this.#grid.setTick(line, this.#ticks.has(table, offset + row));
    }
    const { count } = this.#ticks;
    this.#take.textContent = fill(words.takeBack, number(count));
    this.#take.disabled = count === 0;
    for (const button of [this.#all, this.#none]) button.disabled = !this.#canTick(this.#find(table));
  }

  #find(name: string | undefined): TableDifference | undefined {
    return this.#tables.find((table) => table.name === name);
  }

  #counts({ added, removed, changed, rowsBefore, rowsAfter }: TableDifference): string {
    const { words, number } = this.#speech;
    if (rowsAfter === null) return words.goes;
    if (rowsBefore === null) return words.isNew;
    const parts = [
      [words.added, added],
      [words.removed, removed],
      [words.changed, changed],
    ] as const;
    return parts
      .filter(([, count]) => count > 0)
      .map(([text, count]) => fill(text, number(count)))
      .join(', ');
  }

  #open(view: View): void {
    this.#list.select(view.table);
    this.#title.textContent = view.table;
    const table = this.#find(view.table);
    this.#facts.replaceChildren(
      ...this.#factsOf(table).map((fact) => element('p', { class: 'note', role: 'note' }, fact)),
    );
    this.#show(view);
  }

  #factsOf(table: TableDifference | undefined): string[] {
    if (!table) return [];
    const { words } = this.#speech;
    if (table.rowsAfter === null) return [words.onlyBefore];
    if (table.rowsBefore === null) return [words.onlyAfter];
    return [
      table.columnsBefore.length > 0 ? fill(words.columnsBefore, table.columnsBefore.join(', ')) : '',
      table.columnsAfter.length > 0 ? fill(words.columnsAfter, table.columnsAfter.join(', ')) : '',
      table.key.length === 0 ? words.byContent : '',
    ].filter(Boolean);
  }

  #show(view: View): void {
    this.#view = view;
    memory.write(view);
    void this.#load();
  }

  async #load(): Promise<void> {
    const asked = ++this.#asked;
    const { table, offset } = this.#view;
    try {
      const { rows, total } = await ask({ type: 'differences', table, offset }, 'differences');
      if (asked !== this.#asked) return;
      this.#pager.render(offset, total, this.#speech.words.nothing);
      this.#render(rows);
    } catch (error) {
      if (asked === this.#asked) this.#pager.say((error as Error).message);
    }
  }

  #render(rows: Difference[]): void {
    const { words } = this.#speech;
    const table = this.#find(this.#view.table);
    const canTick = this.#canTick(table);
    const lines = rows.map((row, index) =>
      this.#linesOf(row, canTick ? this.#view.offset + index : undefined),
    );
    this.#lines = lines.flatMap((some, index) => some.map(() => index));
    const shown = lines.flat();
    this.#grid.render({
      label: fill(words.rowsOf, this.#view.table),
      corner: words.difference,
      columns: (table?.columns ?? []).map((name) => ({
        name,
        detail: table?.key.includes(name) ? words.key : '',
      })),
      rows: shown,
      offset: 0,
      total: shown.length,
    });
    this.#showTicks();
  }

  /** @param at the row's position where it can be ticked */
  #linesOf(row: Difference, at: number | undefined): GridRow[] {
    const { words, number } = this.#speech;
    const label = at === undefined ? '' : fill(words.tick, number(at + 1));
    const tick = at === undefined ? {} : { tick: { label, checked: false } };
    const line = (head: string, kind: GridRow['kind'], cells: Cell[], changed: number[] = []): GridRow => ({
      head,
      ...(kind ? { kind } : {}),
      cells: cells.map((cell, at) => ({
        content: cellContent(cell, this.#speech),
        number: isNumber(cell),
        differs: changed.includes(at),
      })),
    });
    if (row.kind === 'added')
      return [{ ...line(`+ ${fill(words.added, '').trim()}`, 'added', row.after), ...tick }];
    if (row.kind === 'removed')
      return [{ ...line(`− ${fill(words.removed, '').trim()}`, 'removed', row.before), ...tick }];
    return [
      { ...line(`− ${words.was}`, 'before', row.before, row.changed), ...tick },
      line(`+ ${words.becomes}`, 'after', row.after, row.changed),
    ];
  }

  #turn(pages: -1 | 1): void {
    if (!this.#pager.canTurn(pages)) return;
    this.#show({ ...this.#view, offset: Math.max(0, this.#view.offset + pages * differenceRows) });
  }

  async #openCell(line: number, at: number): Promise<void> {
    const found = await this.#wholeCells(line, at);
    if (!found) return;
    const { words } = this.#speech;
    const { column, before, after } = found;
    const values = [
      ...(before === undefined ? [] : [{ label: words.was, cell: before }]),
      ...(after === undefined ? [] : [{ label: words.becomes, cell: after }]),
    ];
    showValues(column, values.length > 1 ? values : values.map(({ cell }) => ({ cell })), this.#speech);
  }

  /** Of a row that changed, the line that the focus is in says which of its two values is meant. */
  async #copyCell(line: number, at: number): Promise<void> {
    const found = await this.#wholeCells(line, at);
    if (!found) return;
    const isSecond = this.#lines[line] === this.#lines[line - 1];
    const { before, after } = found;
    const cell = isSecond || before === undefined ? after : before;
    await navigator.clipboard.writeText(copiedText(cell ?? null));
  }

  async #wholeCells(line: number, at: number) {
    const { table } = this.#view;
    const [column, index] = [this.#find(table)?.columns[at], this.#lines[line]];
    if (column === undefined || index === undefined) return undefined;
    try {
      const row = this.#view.offset + index;
      return { column, ...(await ask({ type: 'difference', table, row, column }, 'difference')) };
    } catch (error) {
      this.#pager.say((error as Error).message);
      return undefined;
    }
  }
}

function differs({ added, removed, changed, rowsBefore, rowsAfter, ...columns }: TableDifference): boolean {
  const onOneSide = rowsBefore === null || rowsAfter === null;
  return (
    added + removed + changed + columns.columnsBefore.length + columns.columnsAfter.length > 0 || onOneSide
  );
}

function schemaPart({ sameSchema, words }: Compared): HTMLElement {
  if (sameSchema) return element('p', { class: 'same' }, words.sameSchema);
  const button = element('button', { type: 'button' }, words.schemas);
  button.addEventListener('click', () => tell({ type: 'schema' }));
  return button;
}
