import {
  type Binding,
  type Dict,
  type Entry,
  keyOf,
  type List,
  newScope,
  type Scope,
  type Unknown,
  type Value,
} from './values.ts';

/** Deeper than any settings go; what lies deeper counts as different. */
const mostDepth = 40;

/** Whether two values are surely the same; undefined where that is unknown. */
export function sameValue(a: Value, b: Value, depth = 0): boolean | undefined {
  if (a === b) return a.type === 'unknown' ? undefined : true;
  if (a.type === 'unknown' || b.type === 'unknown' || depth > mostDepth) return undefined;
  if (a.type === 'list' && b.type === 'list') return sameLists(a, b, depth);
  if (a.type === 'dict' && b.type === 'dict') return sameDicts(a, b, depth);
  if (isScalar(a) && isScalar(b)) return keyOf(a) === keyOf(b);
  if (a.type === 'function' && b.type === 'function') return a.node === b.node;
  return a.type === 'none' && b.type === 'none';
}

function isScalar(value: Value): value is Extract<Value, { value: unknown }> {
  return value.type === 'bool' || value.type === 'number' || value.type === 'str' || value.type === 'path';
}

function sameLists(a: List, b: List, depth: number): boolean | undefined {
  if (a.rest || b.rest) return undefined;
  if (a.items.length !== b.items.length || a.tuple !== b.tuple) return false;
  return every(a.items.map((item, at) => sameValue(item, b.items[at] as Value, depth + 1)));
}

function sameDicts(a: Dict, b: Dict, depth: number): boolean | undefined {
  if (a.rest || b.rest) return undefined;
  if (a.entries.size !== b.entries.size) return false;
  return every(
    [...a.entries].map(([key, { value }]) => {
      const other = b.entries.get(key);
      return other ? sameValue(value, other.value, depth + 1) : false;
    }),
  );
}

function every(answers: (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

/** Copies what can change, each thing once, so that a branch can be tried without touching the original. */
export class Copier {
  readonly #copies = new Map<object, object>();

  /** @param shared things that all branches keep in common */
  constructor(...shared: Value[]) {
    for (const value of shared) this.#copies.set(value, value);
  }

  scope(original: Scope): Scope {
    const copy = newScope();
    copy.parent = original.parent && this.scope(original.parent);
    copy.globals = new Set(original.globals);
    copy.rest = original.rest;
    for (const [name, { value, at }] of original.bindings) {
      copy.bindings.set(name, { value: this.value(value), at });
    }
    return copy;
  }

  value(original: Value): Value {
    if (original.type !== 'list' && original.type !== 'dict') return original;
    const known = this.#copies.get(original);
    if (known) return known as Value;
    if (original.type === 'list') {
      const copy: List = { ...original, items: [] };
      this.#copies.set(original, copy);
      copy.items = original.items.map((item) => this.value(item));
      return copy;
    }
    const copy: Dict = { ...original, entries: new Map() };
    this.#copies.set(original, copy);
    for (const [key, entry] of original.entries) {
      copy.entries.set(key, { ...entry, value: this.value(entry.value) });
    }
    return copy;
  }
}

/** What a scope is when either of two branches may have run: what they agree on, and the rest unknown. */
export function joinScopes(target: Scope, a: Scope, b: Scope, why: Unknown): void {
  if (target.parent && a.parent && b.parent) joinScopes(target.parent, a.parent, b.parent, why);
  target.rest ??= a.rest ?? b.rest;
  const joined = new Map<string, Binding>();
  for (const name of new Set([...a.bindings.keys(), ...b.bindings.keys()])) {
    const [one, other] = [a.bindings.get(name), b.bindings.get(name)];
    joined.set(name, {
      value: one && other ? joinValues(one.value, other.value, why) : why,
      at: (one ?? other)!.at,
    });
  }
  target.bindings = joined;
}

function joinValues(a: Value, b: Value, why: Unknown, depth = 0): Value {
  if (a === b || sameValue(a, b)) return a;
  if (a.type === 'dict' && b.type === 'dict' && depth < mostDepth) {
    return { ...a, entries: joinEntries(a.entries, b.entries, why, depth), rest: a.rest ?? b.rest };
  }
  if (a.type === 'unknown') return a;
  return b.type === 'unknown' ? b : why;
}

export function joinEntries(
  a: Map<string, Entry>,
  b: Map<string, Entry>,
  why: Unknown,
  depth = 0,
): Map<string, Entry> {
  const joined = new Map<string, Entry>();
  for (const [key, entry] of [...a, ...b]) {
    const [one, other] = [a.get(key), b.get(key)];
    joined.set(key, {
      ...entry,
      value: one && other ? joinValues(one.value, other.value, why, depth + 1) : why,
    });
  }
  return joined;
}
