import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Location } from './values.ts';

/** One Python file as text and tree. */
export interface SourceFile {
  path: string;
  text: string;
  /** The tree's top: a `Script`. */
  top: SyntaxNode;
  /** Where each line begins. */
  lineStarts: number[];
}

/** Reads a file's syntax; what is not Python becomes error nodes, never an exception. */
export function parsePython(path: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  // The parser takes a backslash for the end of a line before LF alone; every place stays where it is.
  const read = text.replaceAll('\\\r\n', ' \\\n');
  return { path, text, top: parser.parse(read).topNode, lineStarts };
}

export function locationOf(file: SourceFile, node: SyntaxNode): Location {
  let low = 0;
  let high = file.lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (file.lineStarts[middle]! <= node.from) low = middle;
    else high = middle;
  }
  return { path: file.path, line: low + 1 };
}

/** A node's children without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child);
  }
  return children;
}

export function sourceOf(file: SourceFile, node: SyntaxNode): string {
  return file.text.slice(node.from, node.to);
}

/** Whether a part that the grammar wants is missing here, or one too many; what stands in its parts is not looked at. */
export function isBroken(node: SyntaxNode): boolean {
  return childrenOf(node).some(({ type }) => type.isError);
}

/** The first place below a node that is no Python. */
export function firstError(node: SyntaxNode): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  node.cursor().iterate((at) => {
    if (at.type.isError) found ??= at.node;
    return found === undefined;
  });
  return found;
}

const masked = new Map([
  ['String', "'…'"],
  ['FormatString', "'…'"],
  ['ContinuedString', "'…'"],
  ['Comment', ''],
]);

/** An expression as it may be shown: what stands in string literals, passwords perhaps, is left out. */
export function describe(file: SourceFile, node: SyntaxNode): string {
  let shown = '';
  let from = node.from;
  node.cursor().iterate((at) => {
    const mask = masked.get(at.name);
    if (mask === undefined) return true;
    shown += file.text.slice(from, at.from) + mask;
    from = at.to;
    return false;
  });
  shown = (shown + file.text.slice(from, node.to)).replace(/\s+/g, ' ').trim();
  return shown.length > 70 ? `${shown.slice(0, 69)}…` : shown;
}

/** Splits nodes at a token, as the arguments of a call at commas. A last part without nodes is left out. */
export function splitAt(nodes: readonly SyntaxNode[], token: string): SyntaxNode[][] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === token) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  if (parts.at(-1)?.length === 0) parts.pop();
  return parts;
}
