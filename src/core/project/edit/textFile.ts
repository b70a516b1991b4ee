import { readFile } from 'node:fs/promises';
import { systemCode } from '../../files/fileProblem.ts';

/** How a text file's bytes are to be written again: what is no UTF-8 keeps its bytes as Latin-1. */
export type TextEncoding = 'utf8' | 'utf8bom' | 'latin1';

export interface TextFile {
  /** Absolute. */
  path: string;
  /** Without a byte order mark; null where there is no such file. */
  text: string | null;
  encoding: TextEncoding;
}

/** A text file, in an encoding that gives the same bytes back. */
export async function readTextFile(path: string): Promise<TextFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return { path, text: null, encoding: 'utf8' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.startsWith('\ufeff')
      ? { path, text: text.slice(1), encoding: 'utf8bom' }
      : { path, text, encoding: 'utf8' };
  } catch {
    return { path, text: bytes.toString('latin1'), encoding: 'latin1' };
  }
}

/** The bytes of a text; undefined where the encoding has no place for a character. */
export function encodeText(text: string, encoding: TextEncoding): Buffer | undefined {
  if (encoding !== 'latin1') return Buffer.from(encoding === 'utf8bom' ? `\ufeff${text}` : text, 'utf8');
  for (const character of text) if (character.codePointAt(0)! > 0xff) return undefined;
  return Buffer.from(text, 'latin1');
}

/** The line end that a text uses most. */
export function lineEndOf(text: string): '\n' | '\r\n' {
  const windows = text.split('\r\n').length - 1;
  const all = text.split('\n').length - 1;
  return windows > all - windows ? '\r\n' : '\n';
}

export interface TextEdit {
  from: number;
  to: number;
  text: string;
}

/** A text with edits made; they must not overlap. What is inserted where something goes stands in its place. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const edit of [...edits].sort((a, b) => b.from - a.from || b.to - a.to)) {
    result = result.slice(0, edit.from) + edit.text + result.slice(edit.to);
  }
  return result;
}
