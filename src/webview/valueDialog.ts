import type { Cell } from '../editor/preview/protocol.ts';
import { hexLines, type Speech } from './cells.ts';
import { element, fill } from './dom.ts';

/** So much of a BLOB is shown. */
const hexBytes = 64 * 1024;

/** Shows one value whole; Escape or *Close* gives the focus back to where it was. */
export function showValue(title: string, cell: Cell, speech: Speech): void {
  const heading = element('h2', { id: 'value-title' }, title);
  const close = element('button', { type: 'button' }, speech.words.close);
  const body = element('pre', { tabindex: 0, role: 'region', 'aria-labelledby': 'value-title' });
  body.textContent = textOf(cell, speech.words.null);
  const facts = element('p', {}, factsOf(cell, speech));
  const head = element('header', {}, heading, facts, close);
  const dialog = element('dialog', { 'aria-labelledby': 'value-title' }, head, body);
  const before = document.activeElement;
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  body.focus();
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
