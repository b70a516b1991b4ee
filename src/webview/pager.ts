import type { Speech } from './cells.ts';
import { element, fill } from './dom.ts';

/** First, previous, next and last page, and which rows are shown; that is said aloud when it changes. */
export class Pager {
  readonly element: HTMLElement;
  readonly #speech: Speech;
  readonly #rows: number;
  readonly #said = element('span', { role: 'status' });
  readonly #buttons: { back: HTMLButtonElement[]; on: HTMLButtonElement[] };
  #offset = 0;
  #total = 0;

  constructor(speech: Speech, rows: number, go: (offset: number) => void) {
    this.#speech = speech;
    this.#rows = rows;
    const { words } = speech;
    const button = (label: string, sign: string, to: () => number) => {
      const made = element('button', { type: 'button', title: label, 'aria-label': label }, sign);
      made.addEventListener('click', () => go(to()));
      return made;
    };
    const first = button(words.first, '«', () => 0);
    const previous = button(words.previous, '‹', () => Math.max(0, this.#offset - rows));
    const next = button(words.next, '›', () => this.#offset + rows);
    const last = button(words.last, '»', () => Math.floor((this.#total - 1) / rows) * rows);
    this.#buttons = { back: [first, previous], on: [next, last] };
    this.element = element('div', { class: 'pager' }, this.#said, first, previous, next, last);
  }

  render(offset: number, total: number, none: string): void {
    const { words, number } = this.#speech;
    this.#offset = offset;
    this.#total = total;
    const last = Math.min(total, offset + this.#rows);
    this.#said.textContent =
      total === 0 ? none : fill(words.range, number(offset + 1), number(last), number(total));
    for (const button of this.#buttons.back) button.disabled = offset === 0;
    for (const button of this.#buttons.on) button.disabled = last >= total;
  }

  say(text: string): void {
    this.#said.textContent = text;
  }

  /** Whether there is a page on that side. */
  canTurn(pages: -1 | 1): boolean {
    return pages < 0 ? this.#offset > 0 : this.#offset + this.#rows < this.#total;
  }
}
