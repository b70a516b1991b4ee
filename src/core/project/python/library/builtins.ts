import { getAttribute } from '../attributes.ts';
import { mergeInto } from '../dictMethods.ts';
import type { Machine } from '../machine.ts';
import { orderOf } from '../operators.ts';
import { itemsOf, range } from '../subscripts.ts';
import { toText } from '../text.ts';
import {
  type Arguments,
  bool,
  type Dict,
  type Location,
  list,
  native,
  none,
  num,
  pure,
  setKey,
  str,
  truthOf,
  unknown,
  type Value,
  withOrigin,
} from '../values.ts';

/** They are there, and no NameError; what they answer is not known. */
const notFollowed =
  'abs callable chr compile enumerate eval filter format hasattr hash id input isinstance issubclass iter map max min next open ord repr reversed round setattr sum type zip __import__'.split(
    ' ',
  );

/** Python's own functions, as far as settings use them. */
export function createBuiltins(machine: Machine): ReadonlyMap<string, Value> {
  const functions: Record<string, (args: Arguments, at: Location) => Value | undefined> = {
    str: pure(({ positional: [value] }) => value && wrap(toText(value), value)),
    bool: pure(({ positional: [value] }) => {
      const truth = value && truthOf(value);
      return truth === undefined ? undefined : withOrigin(bool(truth), value);
    }),
    int: pure(({ positional: [value] }) => value && toInteger(value)),
    float: pure(({ positional: [value] }) => {
      const text = value?.type === 'str' ? Number(value.value || 'NaN') : undefined;
      return value?.type === 'number'
        ? num(value.value, true)
        : text !== undefined && Number.isFinite(text)
          ? num(text, true)
          : undefined;
    }),
    list: ({ positional: [value] }) => sequence(value, false),
    set: ({ positional: [value] }) => sequence(value, false),
    tuple: ({ positional: [value] }) => sequence(value, true),
    dict: ({ positional: [value], named, rest }, at) => {
      const made: Dict = { type: 'dict', entries: new Map(), rest };
      if (value) mergeInto(made, value, at);
      for (const [name, item] of named) setKey(made, str(name), item, at);
      return made;
    },
    len: pure(({ positional: [value] }) => {
      const items = value && itemsOf(value);
      return items && num(items.length);
    }),
    any: pure(({ positional: [value] }) => quantified(value, true)),
    all: pure(({ positional: [value] }) => quantified(value, false)),
    sorted: pure(({ positional: [value], named }) => (named.size > 0 ? undefined : sorted(value))),
    range: pure(({ positional }) => {
      const [a, b, step] = positional.map((value) => (value.type === 'number' ? value.value : Number.NaN));
      if (a === undefined) return undefined;
      return b === undefined ? range(0, a, 1) : range(a, b, step ?? 1);
    }),
    getattr: (args, at) => {
      const [owner, name, fallback] = args.positional;
      if (owner?.type === 'unknown') return owner;
      if (!owner || name?.type !== 'str') return undefined;
      return getAttribute(machine, owner, name.value, at) ?? fallback;
    },
    print: () => none(),
    globals: reach(machine, 'globals'),
    locals: reach(machine, 'locals'),
    vars: reach(machine, 'vars'),
    exec: reach(machine, 'exec'),
  };
  const followed = Object.entries(functions).map(([name, call]) => [name, native(name, call)] as const);
  return new Map([...notFollowed.map((name) => [name, native(name, () => undefined)] as const), ...followed]);
}

function wrap(text: string | undefined, from: Value): Value | undefined {
  return text === undefined ? undefined : withOrigin(str(text), from);
}

/** What reaches for all settings at once may change any of them. */
function reach(machine: Machine, name: string): (args: Arguments, at: Location) => Value {
  return (_args, at) => {
    const why = unknown(`\`${name}()\` is used there, and what it changes is not followed`, at);
    machine.notes.push(why);
    return why;
  };
}

function toInteger(value: Value): Value | undefined {
  if (value.type === 'number') return withOrigin(num(Math.trunc(value.value)), value);
  if (value.type === 'bool') return num(Number(value.value));
  if (value.type !== 'str' || !/^\s*[+-]?\d+\s*$/.test(value.value)) return undefined;
  return withOrigin(num(Number(value.value)), value);
}

function sequence(value: Value | undefined, tuple: boolean): Value | undefined {
  if (!value) return list([], tuple);
  if (value.type === 'list') return { ...value, items: [...value.items], tuple };
  if (value.type === 'unknown') return value;
  const items = itemsOf(value);
  return items && withOrigin(list([...items], tuple), value);
}

/** Texts or numbers among themselves. */
function sorted(value: Value | undefined): Value | undefined {
  const items = value && itemsOf(value);
  const kinds = new Set(items?.map(({ type }) => type));
  if (!items || kinds.size > 1 || [...kinds].some((kind) => kind !== 'str' && kind !== 'number'))
    return undefined;
  return list([...items].sort((a, b) => Number(orderOf(a, b))));
}

function quantified(value: Value | undefined, any: boolean): Value | undefined {
  const truths = value && itemsOf(value)?.map(truthOf);
  if (truths?.includes(any)) return bool(any);
  return truths && !truths.includes(undefined) ? bool(!any) : undefined;
}
