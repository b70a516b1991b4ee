import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

interface Node {
  type: string;
  [key: string]: unknown;
}

/** A capital or something of the moment, words, and the end of a sentence. */
const sentence = /^(\p{Lu}|\{0\})[^\n]*\p{L}[^\n]* [^\n]*[.?!]$/u;
const sql = /^(SELECT|DELETE|INSERT|UPDATE|CREATE|PRAGMA|WHERE) | IS \?$/;
/** What these files write is for the reader of another file, or of a log. */
const elsewhere = /^(backups\/handOverReadme|keys\/recoveryKit|schedule\/launcher)\.ts$/;

/** Every sentence that stands in the core's sources, `{0}` and so on where something of the moment stands in it, by file. */
export function coreSentences(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = name.replaceAll('\\', '/');
    if (!path.endsWith('.ts') || elsewhere.test(path)) continue;
    const program = parseAst(readFileSync(join(folder, name), 'utf8'), { lang: 'ts' }) as unknown as Node;
    for (const text of textsIn(program)) if (sentence.test(text) && !sql.test(text)) found.set(text, path);
  }
  return found;
}

function textsIn(node: Node): string[] {
  if (/^(Import|ExportAll)/.test(node.type)) return [];
  const text = textOf(node);
  const children = Object.values(node).flat().filter(isNode);
  return [...(text === undefined ? [] : [text]), ...children.flatMap(textsIn)];
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const quasis = node.quasis as { value: { cooked: string } }[];
  return quasis.map(({ value }, index) => (index === 0 ? '' : `{${index - 1}}`) + value.cooked).join('');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
