import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** Its own name is the same in every language. */
const product = 'DB Backup';
/** What people read: a sentence or a part of one, or a word that begins with a capital. */
const prose = /\p{L}{2,} \p{L}{2,}|^\p{Lu}\p{Ll}+/u;
/** Properties that the editor shows; there even a single small word is read. */
const shown =
  /^(label|description|detail|tooltip|title|message|prompt|placeholder|placeHolder|openLabel|saveLabel)$/;
/** Calls whose words are looked up, or are for a log. */
const handled = /(^|\.)l10n\.t$|[lL]og\)?(\.\w+)?$/;

/** Every text in a folder's sources that looks as if people read it and that is not handed to `l10n.t`, as `file: text`. */
export function escapingStrings(folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(name)) continue;
    const source = readFileSync(join(folder, name), 'utf8');
    const program = parseAst(source, { lang: 'ts' }) as unknown as Node;
    for (const text of escapingIn(program, source)) found.push(`${name.replaceAll('\\', '/')}: ${text}`);
  }
  return found;
}

function escapingIn(node: Node, source: string, isShown = false): string[] {
  if (isUnread(node, source)) return [];
  const text = textOf(node);
  if (text !== undefined) {
    const escapes = text !== product && (prose.test(text) || (isShown && /\p{L}{2,}/u.test(text)));
    return escapes ? [text] : [];
  }
  const within = isShown ? passesOn(node) : isShownProperty(node);
  return childrenOf(node).flatMap((child) => escapingIn(child, source, within));
}

/** Types, imports, comparisons, and what is translated or logged. */
function isUnread(node: Node, source: string): boolean {
  if (node.type === 'CallExpression') return handled.test(textAt(node.callee as Node, source));
  if (/^(Import|ExportAll)/.test(node.type)) return true;
  if (node.type === 'BinaryExpression') return /^[!=]==?$/.test(String(node.operator));
  return node.type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)/.test(node.type);
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  return node.type === 'TemplateElement' ? (node.value as { cooked: string }).cooked : undefined;
}

function isShownProperty(node: Node): boolean {
  const key = (node.type === 'Property' ? node.key : undefined) as { name?: string } | undefined;
  return shown.test(key?.name ?? '');
}

/** A shown value can be chosen among several, or be put together; the arguments of a call are another matter. */
function passesOn({ type }: Node): boolean {
  return /^(Conditional|Logical|Binary|Array|TS\w+)Expression$|^Template|^SpreadElement$/.test(type);
}

function childrenOf(node: Node): Node[] {
  const names = Object.keys(node).filter((name) => !(node.type === 'SwitchCase' && name === 'test'));
  return names.flatMap((name) => [node[name]].flat()).filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function textAt({ start, end }: Node, source: string): string {
  return source.slice(start, end);
}
