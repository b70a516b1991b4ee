import type { Cell } from '../editor/preview/protocol.ts';
import { hexLines, type Speech } from './cells.ts';
import { element, fill } from './dom.ts';

/** So much of a BLOB is shown. */
const hexBytes = 64 * 1024;

export interface ShownValue {
  /** Where there are two: which of them this is. */
  label?: string;
  cell: Cell;
}

/** Shows values whole; Escape or *Close* gives the focus back to where it was. */
export function showValues(title: string, values: ShownValue[], speech: Speech): void {
  const heading = element('h2', { id: 'value-title' }, title);
  const close = element('button', { type: 'button' }, speech.words.close);
  const bodies = values.map((value) => bodyOf(value, title, speech));
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'value-title' },
    element('header', {}, heading, close),
    ...bodies.flatMap(({ facts, body }) => [facts, body]),
  );
  const before = document.activeElement;
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  bodies[0]?.body.focus();
}

function bodyOf({ label, cell }: ShownValue, title: string, speech: Speech) {
  const name = [title, label].filter(Boolean).join(', ');
  const body = element('pre', { tabindex: 0, role: 'region', 'aria-label': name });
  body.textContent = textOf(cell, speech.words.null);
  const facts = element(
    'p',
    { class: 'value-facts' },
    [label, factsOf(cell, speech)].filter(Boolean).join(': '),
  );
  return { body, facts };
}

function textOf(cell: Cell, none: string): string {
  if (cell === null) return none;
  return cell.type === 'blob' ? hexLines(cell.hex.slice(0, hexBytes * 2)) : cell.text;
}

function factsOf(cell: Cell, { words, number }: Speech): string {
  if (cell === null || !('bytes' in cell)) return '';
  const all = fill(words.bytes, number(cell.bytes));
  const cut = cell.cut || (cell.type === 'blob' && cell.bytes > hexBytes);
  return cut ? fill(words.cut, all) : all;
}
