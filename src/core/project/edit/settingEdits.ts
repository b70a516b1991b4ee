import type { SyntaxNode } from '@lezer/common';
import {
  childrenOf,
  firstError,
  locationOf,
  parsePython,
  type SourceFile,
  sourceOf,
} from '../python/syntax.ts';
import { applyEdits, lineEndOf, type TextEdit } from './textFile.ts';
import { editLiteral, quoteFor, writeTexts } from './writeLiteral.ts';

/** A statement `NAME = …`. */
interface Assignment {
  line: number;
  name: string;
  node: SyntaxNode;
  /** What stands right of the (last) equals sign, without comments. */
  value: SyntaxNode[];
}

/** What one Python file offers for a setting: changed texts, best first, each to be read again before it is used. */
export interface SettingEdits {
  /** The texts in which the setting's own value is another. */
  changed: string[];
  /** The same where a value that is read from elsewhere keeps its source and gets another default. */
  defaults: string[];
  /** Where the setting gets texts in the place of whatever stands there. */
  replaced: string[];
  /** Names that are looked up in the environment or in a file. */
  variables: string[];
}

/** @param line of the assignment that counts, as far as that is known */
export function editSetting(
  path: string,
  text: string,
  name: string,
  texts: readonly string[],
  line?: number,
): SettingEdits {
  const file = parsePython(path, text);
  const own = assignments(file).filter((one) => one.name === name && one.value.length > 0);
  // Of several, the one that counts first, then from the end.
  own.sort((a, b) => Number(b.line === line) - Number(a.line === line) || b.line - a.line);
  const edits: SettingEdits = { changed: [], defaults: [], replaced: [], variables: [] };
  const add = (to: string[], edit: TextEdit[] | undefined) => {
    const changed = edit && apply(file, edit);
    if (changed !== undefined) to.push(changed);
  };
  for (const { value } of own) {
    const [only, ...more] = value;
    const literal = more.length === 0 ? editLiteral(file, only!, texts) : undefined;
    add(edits.changed, literal);
    if (literal) continue;
    const named = value.flatMap((node) => lookedUp(file, node));
    edits.variables.push(...named.map(({ name }) => name));
    for (const node of literalsBelow(
      value,
      named.map(({ node }) => node),
    )) {
      add(edits.defaults, editLiteral(file, node, texts));
    }
    const [from, to] = [only!.from, value.at(-1)!.to];
    add(edits.replaced, [{ from, to, text: writeTexts(texts, quoteFor(file, only)) }]);
  }
  return edits;
}

/** The texts in which a setting that is not there is added: below its like, else at the end. */
export function insertSetting(path: string, text: string, name: string, texts: readonly string[]): string[] {
  const file = parsePython(path, text);
  const end = lineEndOf(text);
  const prefix = `${name.split('_')[0]}_`;
  const like = assignments(file).filter((one) => one.name.startsWith(prefix));
  const atTop = like.filter(({ node }) => node.parent?.name === 'Script');
  const below = [atTop.at(-1), like.at(-1)].map((one) => {
    if (!one) return undefined;
    const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', one.node.from - 1) + 1))![0];
    const written = `${indent}${name} = ${writeTexts(texts, quoteFor(file, one.node))}`;
    const next = text.indexOf('\n', endOf(file, one.node));
    const place = next < 0 ? text.length : next + 1;
    return { from: place, to: place, text: next < 0 ? end + written + end : written + end };
  });
  const gap = text.trim() === '' ? '' : /\n$/.test(text) ? end : end + end;
  const last = {
    from: text.length,
    to: text.length,
    text: `${gap}${name} = ${writeTexts(texts, quoteFor(file))}${end}`,
  };
  const edits = [...below, last].filter((edit) => edit !== undefined);
  return edits.map((edit) => apply(file, [edit])).filter((changed) => changed !== undefined);
}

/** The changed text, unless it would be worse Python than before. */
function apply(file: SourceFile, edits: readonly TextEdit[]): string | undefined {
  const text = applyEdits(file.text, edits);
  const broken = firstError(parsePython(file.path, text).top) !== undefined;
  return broken && !firstError(file.top) ? undefined : text;
}

function assignments(file: SourceFile): Assignment[] {
  const found: Assignment[] = [];
  file.top.cursor().iterate((at) => {
    if (at.name !== 'AssignStatement') return;
    const node = at.node;
    const children = childrenOf(node).filter(({ name }) => name !== 'TypeDef');
    const last = children.findLastIndex(({ name }) => name === 'AssignOp');
    const targets = children.slice(0, last).filter(({ name }) => name !== 'AssignOp');
    const several = targets.some(({ name }) => name === ',');
    for (const target of several ? [] : targets) {
      if (target.name !== 'VariableName') continue;
      const value = children.slice(last + 1);
      found.push({ node, name: sourceOf(file, target), line: locationOf(file, node).line, value });
    }
  });
  return found;
}

/** Names in `config('NAME')`, `env.list('NAME')`, `os.environ['NAME']`. */
function lookedUp(file: SourceFile, node: SyntaxNode): { name: string; node: SyntaxNode }[] {
  const found: { name: string; node: SyntaxNode }[] = [];
  node.cursor().iterate((at) => {
    const isCall = at.name === 'ArgList';
    if (!isCall && at.name !== 'MemberExpression') return;
    const children = childrenOf(at.node);
    const bracket = children.findIndex(({ name }) => name === (isCall ? '(' : '['));
    const first = bracket < 0 ? undefined : children[bracket + 1];
    const name = first && /^(['"])(\w+)\1$/.exec(sourceOf(file, first))?.[2];
    if (first && name) found.push({ name, node: first });
  });
  return found;
}

/** The outermost literals below an expression, from its end: defaults stand last. */
function literalsBelow(value: readonly SyntaxNode[], except: readonly SyntaxNode[]): SyntaxNode[] {
  const names = new Set(['String', 'ContinuedString', 'None', 'ArrayExpression', 'TupleExpression']);
  const found: SyntaxNode[] = [];
  for (const node of value) {
    node.cursor().iterate((at) => {
      if (!names.has(at.name)) return true;
      const isName = except.some(({ from, to }) => from === at.from && to === at.to);
      if (!isName) found.push(at.node);
      return false;
    });
  }
  return found.reverse();
}

function endOf(file: SourceFile, node: SyntaxNode): number {
  return node.from + sourceOf(file, node).trimEnd().length;
}
