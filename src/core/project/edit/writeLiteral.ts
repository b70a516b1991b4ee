import type { SyntaxNode } from '@lezer/common';
import { quotedParts, readString } from '../python/literals.ts';
import { childrenOf, firstError, type SourceFile, sourceOf, splitAt } from '../python/syntax.ts';
import { lineEndOf, type TextEdit } from './textFile.ts';

const brackets = new Set(['ArrayExpression', 'TupleExpression', 'SetExpression']);

/**
 * The edits that make a literal (a text, `None`, a list of texts) stand for these texts; items that stay keep their
 * place and comments. Undefined where the node is no such literal.
 */
export function editLiteral(
  file: SourceFile,
  node: SyntaxNode,
  texts: readonly string[],
): TextEdit[] | undefined {
  if (firstError(node)) return undefined;
  const quote = quoteFor(file, node);
  if (node.name === 'ParenthesizedExpression') {
    const [, inner, ...rest] = childrenOf(node);
    return rest.length === 1 ? editLiteral(file, inner!, texts) : undefined;
  }
  if (brackets.has(node.name)) return editItems(file, node, texts, quote);
  if (node.name !== 'None' && textIn(file, node) === undefined) return undefined;
  return [{ from: node.from, to: node.to, text: writeTexts(texts, quote) }];
}

/** One text as a string, several as a list of them. */
export function writeTexts(texts: readonly string[], quote: string): string {
  const written = texts.map((text) => writeString(text, quote));
  return written.length === 1 ? written[0]! : `[${written.join(', ')}]`;
}

/** The quotes of the first string at a node, else those that most strings of the file have. */
export function quoteFor(file: SourceFile, node?: SyntaxNode): string {
  let own: string | undefined;
  const count = { "'": 0, '"': 0 };
  const from = (literal: string) => {
    const quoted = quotedParts(literal);
    return quoted && literal.slice(quoted.prefix.length, quoted.start);
  };
  node?.cursor().iterate((at) => {
    if (at.name === 'String') own ??= from(sourceOf(file, at.node));
  });
  if (own !== undefined) return own;
  file.top.cursor().iterate((at) => {
    const quote = at.name === 'String' ? from(sourceOf(file, at.node)) : undefined;
    if (quote === "'" || quote === '"') count[quote]++;
  });
  return count['"'] > count["'"] ? '"' : "'";
}

function writeString(text: string, quote: string): string {
  const mark = quote[0]!;
  return quote + text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`) + quote;
}

function textIn(file: SourceFile, node: SyntaxNode): string | undefined {
  const parts = node.name === 'ContinuedString' ? childrenOf(node) : [node];
  const texts = parts.map((part) => (part.name === 'String' ? readString(sourceOf(file, part)) : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

function editItems(
  file: SourceFile,
  node: SyntaxNode,
  texts: readonly string[],
  quote: string,
): TextEdit[] | undefined {
  const groups = splitAt(childrenOf(node).slice(1, -1), ',');
  const items = groups.map(([item, ...more]) => {
    const text = more.length === 0 ? textIn(file, item!)?.trim() : undefined;
    return text === undefined ? undefined : { item: item!, text };
  });
  const known = items.filter((item) => item !== undefined);
  if (known.length < items.length) return undefined;
  const gone = known.filter(({ text }) => !texts.includes(text)).map(({ item }) => item);
  const kept = known.filter(({ text }) => texts.includes(text)).map(({ item }) => item);
  const added = texts
    .filter((text) => !known.some((item) => item.text === text))
    .map((text) => writeString(text, quote));
  const spread = known.length > 0 && known.every(({ item }) => standsAlone(file, item));
  return spread
    ? editLines(file, { gone, kept, added })
    : [rewriteItems(file, node, [...kept.map((item) => sourceOf(file, item)), ...added])];
}

interface Change {
  gone: SyntaxNode[];
  kept: SyntaxNode[];
  added: string[];
}

/** Items that stand on a line each: lines go and come. */
function editLines(file: SourceFile, { gone, kept, added }: Change): TextEdit[] {
  const [first] = [...kept, ...gone];
  const last = kept.at(-1);
  const edits: TextEdit[] = gone.map((item) => ({ ...lineAround(file, item), text: '' }));
  const hasComma = commaAfter(last);
  const end = lineEndOf(file.text);
  const indent = file.text.slice(lineAround(file, first!).from, first!.from);
  const lines = added.map((text) => `${indent}${text},${end}`).join('');
  // Behind what stays; where nothing does, in the place of what goes.
  const place = last ? lineAround(file, last).to : Math.max(...edits.map(({ to }) => to));
  if (lines !== '' && last && !hasComma) edits.push({ from: last.to, to: last.to, text: ',' });
  if (lines !== '') edits.push({ from: place, to: place, text: lines });
  return edits;
}

function commaAfter(node: SyntaxNode | undefined): boolean {
  let next = node?.nextSibling;
  while (next?.name === 'Comment') next = next.nextSibling;
  return next?.name === ',';
}

function rewriteItems(file: SourceFile, node: SyntaxNode, items: string[]): TextEdit {
  const source = sourceOf(file, node);
  const needsComma = node.name === 'TupleExpression' && items.length === 1;
  const text = source[0] + items.join(', ') + (needsComma ? ',' : '') + source.at(-1);
  return { from: node.from, to: node.to, text };
}

/** A line with its end. */
function lineAround(
  file: SourceFile,
  { from, to }: { from: number; to: number },
): { from: number; to: number } {
  const next = file.text.indexOf('\n', to);
  return { from: file.text.lastIndexOf('\n', from - 1) + 1, to: next < 0 ? file.text.length : next + 1 };
}

function standsAlone(file: SourceFile, item: SyntaxNode): boolean {
  const line = lineAround(file, item);
  const before = file.text.slice(line.from, item.from);
  const after = file.text.slice(item.to, line.to).trim();
  return line.from > 0 && before.trim() === '' && /^,?\s*(#.*)?$/.test(after);
}
