import type { Machine } from './machine.ts';
import { keyOf, type Location, list, num, setKey, str, type Value, withOrigin } from './values.ts';

/** `owner[key]`; undefined where that is not read here. A key that is surely missing is Python's exception. */
export function getItem(machine: Machine, owner: Value, key: Value, at: Location): Value | undefined {
  switch (owner.type) {
    case 'dict': {
      const name = keyOf(key);
      const found = name === undefined ? undefined : owner.entries.get(name);
      if (found) return found.value;
      if (owner.rest) return owner.rest;
      const what =
        owner === machine.environ && key.type === 'str'
          ? `the environment variable ${key.value} is not set`
          : 'there is no such key';
      return machine.missing('KeyError', what, at);
    }
    case 'list':
    case 'str': {
      if (key.type !== 'number') return undefined;
      const items = owner.type === 'str' ? [...owner.value].map(str) : owner.items;
      const rest = owner.type === 'list' ? owner.rest : undefined;
      if (rest && (key.value < 0 || key.value >= items.length)) return rest;
      return items.at(key.value) ?? machine.missing('IndexError', 'there is no such item', at);
    }
    default:
      return undefined;
  }
}

/** `owner[from:to:step]` with whole numbers; undefined where that is not read here. */
export function getSlice(owner: Value, bounds: (Value | undefined)[]): Value | undefined {
  const [from, to, step] = bounds.map((bound) =>
    bound === undefined || bound.type === 'none'
      ? undefined
      : bound.type === 'number'
        ? bound.value
        : Number.NaN,
  );
  if ([from, to].some(Number.isNaN) || (step !== undefined && step !== 1)) return undefined;
  if (owner.type === 'str') return withOrigin(str(owner.value.slice(from, to)), owner);
  if (owner.type !== 'list' || owner.rest) return undefined;
  return list(owner.items.slice(from, to), owner.tuple);
}

/** `owner[key] = value`; false where that is not followed. */
export function setItem(owner: Value, key: Value, value: Value, at: Location): boolean {
  if (owner.type === 'dict') {
    setKey(owner, key, value, at);
    return true;
  }
  if (owner.type !== 'list' || owner.tuple || key.type !== 'number') return false;
  const index = key.value < 0 ? owner.items.length + key.value : key.value;
  if (!(index in owner.items)) return false;
  owner.items[index] = value;
  return true;
}

/** `del owner[key]`; false where that is not followed. */
export function deleteItem(owner: Value, key: Value): boolean {
  const name = keyOf(key);
  return owner.type === 'dict' && name !== undefined && owner.entries.delete(name);
}

/** What a `for` loop, `list()` or unpacking goes through; undefined where that is unknown. */
export function itemsOf(value: Value): Value[] | undefined {
  if (value.type === 'list') return value.rest ? undefined : value.items;
  if (value.type === 'dict')
    return value.rest ? undefined : [...value.entries.values()].map(({ key }) => key);
  return value.type === 'str' ? [...value.value].map(str) : undefined;
}

/** The numbers of `range()`; undefined for more than a loop here goes through. */
export function range(from: number, to: number, step: number): Value | undefined {
  const count = Math.ceil((to - from) / step);
  if (!Number.isInteger(count) || count > 1000) return undefined;
  return list(Array.from({ length: Math.max(0, count) }, (_, at) => num(from + at * step)));
}
