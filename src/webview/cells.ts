import type { Cell, Words } from '../editor/preview/protocol.ts';
import { element, fill } from './dom.ts';

/** Words and numbers of a view. */
export interface Speech {
  words: Words;
  number(value: number): string;
}

export function speechOf(words: Words, language: string): Speech {
  const format = new Intl.NumberFormat(language);
  return { words, number: (value) => format.format(value) };
}

const shownCharacters = 200;

/** A value in a grid: one line, control characters made visible, what is cut marked. */
export function cellContent(cell: Cell, { words, number }: Speech): Node {
  if (cell === null) return element('span', { class: 'null' }, words.null);
  if (cell.type === 'blob') {
    return element('span', { class: 'blob' }, fill(words.blob, fill(words.bytes, number(cell.bytes))));
  }
  if (cell.type !== 'text') return document.createTextNode(cell.text);
  const line = cell.text.slice(0, shownCharacters).replace(/\p{Cc}/gu, visible);
  const cut = cell.cut || cell.text.length > shownCharacters;
  return document.createTextNode(cut ? `${line}…` : line);
}

/** A value as it goes to the clipboard: text whole, bytes as hexadecimal, NULL as nothing. */
export function copiedText(cell: Cell): string {
  if (cell === null) return '';
  return cell.type === 'blob' ? cell.hex : cell.text;
}

export function isNumber(cell: Cell): boolean {
  return cell?.type === 'integer' || cell?.type === 'real';
}

/** The symbols that Unicode has for control characters. */
function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (character === '\n') return '⏎';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '␡';
}

/** Bytes as hexadecimal and as the letters they would be, sixteen a line. */
export function hexLines(hex: string): string {
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += 32) {
    const bytes = hex.slice(at, at + 32).match(/../g) ?? [];
    const letters = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
    });
    const offset = (at / 2).toString(16).padStart(8, '0');
    lines.push(`${offset}  ${bytes.join(' ').padEnd(47)}  ${letters.join('')}`);
  }
  return lines.join('\n');
}
