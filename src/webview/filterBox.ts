import type { View, Words } from '../editor/preview/protocol.ts';
import { element } from './dom.ts';

const quietMs = 300;

/** What to look for, and in which column. */
export class FilterBox {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #text: HTMLInputElement;
  readonly #column: HTMLSelectElement;
  #timer = 0;
  #sent = '';

  constructor(words: Words, changed: (filter: View['filter']) => void) {
    this.#words = words;
    this.#text = element('input', { type: 'search', placeholder: words.filter, 'aria-label': words.filter });
    this.#column = element('select', { 'aria-label': words.filterIn });
    this.element = element('search', {}, this.#text, this.#column);
    const now = () => {
      clearTimeout(this.#timer);
      const filter = this.#filter;
      const sent = JSON.stringify(filter) ?? '';
      // Leaving the box is a change, too.
      if (sent === this.#sent) return;
      this.#sent = sent;
      changed(filter);
    };
    this.#text.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(now, quietMs);
    });
    this.#text.addEventListener('change', now);
    this.#column.addEventListener('change', now);
  }

  reset(columns: string[]): void {
    clearTimeout(this.#timer);
    this.#text.value = '';
    this.#sent = '';
    const option = (name: string, value: string) => element('option', { value }, name);
    this.#column.replaceChildren(
      option(this.#words.allColumns, ''),
      ...columns.map((name) => option(name, `=${name}`)),
    );
  }

  get #filter(): View['filter'] {
    const { value: text } = this.#text;
    if (text === '') return undefined;
    const { value } = this.#column;
    return value === '' ? { text } : { text, column: value.slice(1) };
  }
}
