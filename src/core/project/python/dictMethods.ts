import type { Method } from './machine.ts';
import {
  type Dict,
  keyOf,
  type Location,
  list,
  none,
  setKey,
  str,
  type Unknown,
  unknown,
  type Value,
} from './values.ts';

const methods: Record<string, Method<Dict>> = {
  get: (self, { positional: [key, fallback], named }) => {
    if (!key || key.type === 'unknown') return key;
    const found = self.entries.get(keyOf(key) ?? '')?.value ?? self.rest;
    return found ?? fallback ?? named.get('default') ?? none();
  },
  setdefault: (self, { positional: [key, fallback] }, _machine, at) => {
    if (!key || key.type === 'unknown') return key;
    const found = self.entries.get(keyOf(key) ?? '')?.value ?? self.rest;
    if (found) return found;
    const value = fallback ?? none();
    setKey(self, key, value, at);
    return value;
  },
  update: (self, { positional: [other], named, rest }, _machine, at) => {
    if (other) mergeInto(self, other, at);
    for (const [name, value] of named) setKey(self, str(name), value, at);
    if (rest) self.rest ??= rest;
    return none();
  },
  pop: (self, { positional: [key, fallback] }, machine, at) => {
    if (!key || key.type === 'unknown') return key;
    const name = keyOf(key) ?? '';
    const found = self.entries.get(name)?.value ?? self.rest ?? fallback;
    self.entries.delete(name);
    return found ?? machine.missing('KeyError', 'there is no such key', at);
  },
  copy: (self) => ({ ...self, entries: new Map(self.entries) }),
  keys: (self) => listOf(self, ({ key }) => key),
  values: (self) => listOf(self, ({ value }) => value),
  items: (self) => listOf(self, ({ key, value }) => list([key, value], true)),
};

/** Methods of `dict`, and so of `os.environ`. */
export const dictMethods: ReadonlyMap<string, Method<Dict>> = new Map(Object.entries(methods));

/** `dict.update`, `|=` and `**`, with what may be unknown. */
export function mergeInto(target: Dict, other: Value, at: Location): void {
  if (other.type === 'dict') {
    for (const [key, entry] of other.entries) target.entries.set(key, entry);
    target.rest ??= other.rest;
  } else if (other.type === 'list') {
    for (const pair of other.items) {
      const [key, value, ...more] = (pair.type === 'list' && pair.items) || [];
      if (key && value && more.length === 0) setKey(target, key, value, at);
      else target.rest ??= unknown('one of its pairs is not followed', at);
    }
    target.rest ??= other.rest;
  } else if (other.type === 'unknown') poison(target, other);
}

/** After an unknown change no entry can be relied on. */
function poison(target: Dict, why: Unknown): void {
  for (const [key, entry] of target.entries) target.entries.set(key, { ...entry, value: why });
  target.rest ??= why;
}

function listOf(self: Dict, take: (entry: { key: Value; value: Value }) => Value): Value {
  const made = list([...self.entries.values()].map(take));
  return { ...made, rest: self.rest };
}
