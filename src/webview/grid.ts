import { element } from './dom.ts';

export interface GridColumn {
  name: string;
  /** Type and key, in small letters. */
  detail: string;
  sorted?: 'ascending' | 'descending' | undefined;
  hint?: string;
}

export interface GridRow {
  head: string;
  /** A box to tick in the row's head. */
  tick?: { label: string; checked: boolean };
  kind?: 'added' | 'removed' | 'before' | 'after';
  cells: { content: Node; number: boolean; differs?: boolean }[];
}

export interface GridContent {
  label: string;
  corner: string;
  columns: GridColumn[];
  rows: GridRow[];
  /** Rows before the first one shown, and of all. */
  offset: number;
  total: number;
}

export interface GridEvents {
  sort?(column: number): void;
  /** Enter or a double click on a value; `row` and `column` count from 0 among those shown. */
  open(row: number, column: number): void;
  /** Ctrl+C or Cmd+C on a value, of which the grid may show a part; `row` and `column` as for `open`. */
  copy(row: number, column: number): void;
  /** Space on a row, or a click on its box. */
  tick?(row: number): void;
  /** Page Down on the last row, Page Up on the first. */
  turn(pages: -1 | 1): void;
}

/** Rows that Page Up and Page Down move by. */
const stride = 20;

/** A grid of which one cell can be tabbed to and the arrow keys move within (WAI-ARIA, data grid pattern). */
export class Grid {
  readonly element = element('div', { class: 'grid' });
  readonly #events: GridEvents;
  #table = element('table');
  #row = 0;
  #column = 0;

  constructor(events: GridEvents) {
    this.#events = events;
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('click', ({ target }) => this.#click(target, false));
    this.element.addEventListener('dblclick', ({ target }) => this.#click(target, true));
  }

  /** The focus stays in the grid where it was there; it goes to the first row where others came. */
  render(content: GridContent, row = 1): void {
    const focused = this.element.contains(document.activeElement);
    const { label, columns, total } = content;
    this.#table = element(
      'table',
      { role: 'grid', 'aria-label': label, 'aria-rowcount': total + 1, 'aria-colcount': columns.length + 1 },
      element('thead', {}, headRow(content)),
      element('tbody', {}, ...content.rows.map((one, index) => bodyRow(one, content.offset + index + 2))),
    );
    this.element.replaceChildren(this.#table);
    this.element.scrollTop = 0;
    this.#move(row, Math.max(1, this.#column), focused);
  }

  /** Shows a row's box as it is now. */
  setTick(row: number, checked: boolean): void {
    const box = this.#table.rows[row + 1]?.querySelector('input');
    if (box) box.checked = checked;
  }

  get rows(): number {
    return this.#table.rows.length - 1;
  }

  #key(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (altKey) return;
    const far = ctrlKey || metaKey;
    if (key === ' ' && this.#row > 0 && this.#events.tick) this.#events.tick(this.#row - 1);
    else if (key === 'Enter' || key === ' ') this.#activate();
    else if (far && key === 'c') {
      if (String(getSelection()) !== '') return;
      this.#copy();
    } else if (key === 'PageDown' && this.#row === this.rows) this.#events.turn(1);
    else if (key === 'PageUp' && this.#row <= 1) this.#events.turn(-1);
    else {
      const to = this.#target(key, far);
      if (!to) return;
      this.#move(to[0], to[1], true);
    }
    event.preventDefault();
  }

  #target(key: string, far: boolean): [row: number, column: number] | undefined {
    const [row, column] = [this.#row, this.#column];
    const width = this.#table.rows[0]?.cells.length ?? 1;
    switch (key) {
      case 'ArrowUp':
        return [row - 1, column];
      case 'ArrowDown':
        return [row + 1, column];
      case 'ArrowLeft':
        return [row, column - 1];
      case 'ArrowRight':
        return [row, column + 1];
      case 'Home':
        return [far ? 1 : row, 0];
      case 'End':
        return [far ? this.rows : row, width - 1];
      case 'PageUp':
        return [Math.max(1, row - stride), column];
      case 'PageDown':
        return [row + stride, column];
      default:
        return undefined;
    }
  }

  #move(row: number, column: number, focus: boolean): void {
    this.#cell()?.setAttribute('tabindex', '-1');
    this.#row = Math.max(0, Math.min(row, this.rows));
    const cells = this.#table.rows[this.#row]?.cells.length ?? 1;
    this.#column = Math.max(0, Math.min(column, cells - 1));
    const cell = this.#cell();
    cell?.setAttribute('tabindex', '0');
    if (focus) cell?.focus();
  }

  #cell(): HTMLTableCellElement | undefined {
    return this.#table.rows[this.#row]?.cells[this.#column];
  }

  #click(target: EventTarget | null, twice: boolean): void {
    const cell = target instanceof Element ? target.closest('td, th') : null;
    if (!(cell instanceof HTMLTableCellElement)) return;
    const row = (cell.parentElement as HTMLTableRowElement).rowIndex;
    if (target instanceof HTMLInputElement && !twice) this.#events.tick?.(row - 1);
    this.#move(row, cell.cellIndex, true);
    if (twice === row > 0) this.#activate();
  }

  /** A name as it stands in the header, a value whole. What is marked with the mouse is the browser's to copy. */
  #copy(): void {
    if (this.#row > 0 && this.#column > 0) this.#events.copy(this.#row - 1, this.#column - 1);
    else
      void navigator.clipboard.writeText(
        this.#cell()?.querySelector('.name')?.textContent ?? this.#cell()?.textContent ?? '',
      );
  }

  #activate(): void {
    const column = this.#column - 1;
    if (column < 0) return;
    if (this.#row === 0) this.#events.sort?.(column);
    else this.#events.open(this.#row - 1, column);
  }
}

function headRow({ corner, columns }: GridContent): HTMLTableRowElement {
  const first = element('th', { scope: 'col', role: 'columnheader', tabindex: -1, class: 'head' }, corner);
  const cells = columns.map(({ name, detail, sorted, hint }) => {
    const arrow = sorted === 'ascending' ? ' ↑' : sorted === 'descending' ? ' ↓' : '';
    return element(
      'th',
      { scope: 'col', role: 'columnheader', tabindex: -1, 'aria-sort': sorted ?? 'none', title: hint },
      element('span', { class: 'name' }, name),
      element('span', { class: 'arrow', 'aria-hidden': 'true' }, arrow),
      element('span', { class: 'detail' }, detail),
    );
  });
  return element('tr', { 'aria-rowindex': 1 }, first, ...cells);
}

function bodyRow({ head, tick, kind, cells }: GridRow, index: number): HTMLTableRowElement {
  const first = element('th', { scope: 'row', role: 'rowheader', tabindex: -1, class: 'head' }, head);
  if (tick) {
    const box = element('input', { type: 'checkbox', tabindex: -1, 'aria-label': tick.label });
    box.checked = tick.checked;
    first.prepend(box, ' ');
  }
  const rest = cells.map(({ content, number, differs }) => {
    const classes = [number ? 'number' : '', differs ? 'differs' : ''].filter(Boolean).join(' ');
    const inner = differs ? element('mark', {}, content) : content;
    return element('td', { role: 'gridcell', tabindex: -1, class: classes || undefined }, inner);
  });
  return element('tr', { 'aria-rowindex': index, class: kind }, first, ...rest);
}
