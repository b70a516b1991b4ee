import { element } from './dom.ts';

export interface ListEntry {
  name: string;
  detail: string;
}

/** The tables beside the grid: a list box, in which the arrow keys and first letters choose. */
export class TableList {
  readonly element: HTMLElement;
  readonly #options: HTMLElement[];
  readonly #names: string[];
  readonly #choose: (name: string) => void;

  constructor(label: string, entries: ListEntry[], choose: (name: string) => void) {
    this.#choose = choose;
    this.#names = entries.map(({ name }) => name);
    this.#options = entries.map(({ name, detail }, index) => {
      const option = element(
        'li',
        { role: 'option', 'aria-selected': 'false', tabindex: -1, title: name },
        element('span', { class: 'name' }, name),
        element('span', { class: 'detail' }, detail),
      );
      option.addEventListener('click', () => this.#go(index));
      return option;
    });
    this.element = element('ul', { role: 'listbox', 'aria-label': label, class: 'tables' }, ...this.#options);
    this.element.addEventListener('keydown', (event) => this.#key(event));
  }

  select(name: string): void {
    for (const [index, option] of this.#options.entries()) {
      const selected = this.#names[index] === name;
      option.setAttribute('aria-selected', String(selected));
      option.tabIndex = selected ? 0 : -1;
      if (selected) option.scrollIntoView({ block: 'nearest' });
    }
  }

  #go(index: number): void {
    const [name, option] = [this.#names[index], this.#options[index]];
    if (name === undefined || !option) return;
    option.focus();
    this.#choose(name);
  }

  #key(event: KeyboardEvent): void {
    const at = this.#options.indexOf(document.activeElement as HTMLElement);
    const to = this.#target(event, at);
    if (to === undefined) return;
    event.preventDefault();
    this.#go(Math.max(0, Math.min(to, this.#options.length - 1)));
  }

  #target({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, at: number): number | undefined {
    if (key === 'ArrowDown') return at + 1;
    if (key === 'ArrowUp') return at - 1;
    if (key === 'Home') return 0;
    if (key === 'End') return this.#options.length - 1;
    if (key.length !== 1 || ctrlKey || metaKey || altKey) return undefined;
    const after = [...this.#names.slice(at + 1), ...this.#names.slice(0, at + 1)];
    const found = after.findIndex((name) => name.toLowerCase().startsWith(key.toLowerCase()));
    return found < 0 ? undefined : (at + 1 + found) % this.#names.length;
  }
}
