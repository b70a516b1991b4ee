import type { Method } from './machine.ts';
import { itemsOf } from './subscripts.ts';
import { type List, none, type Unknown, unknownArgument, type Value } from './values.ts';

const methods: Record<string, Method<List>> = {
  append: (self, { positional: [item] }) => change(self, () => item && self.items.push(item)),
  add: (self, { positional: [item] }) => change(self, () => item && self.items.push(item)),
  extend: (self, { positional: [more] }) => change(self, () => more && extend(self, more)),
  insert: (self, { positional: [index, item] }) =>
    index?.type === 'number' && item
      ? change(self, () => self.items.splice(index.value, 0, item))
      : undefined,
  remove: (self, args) => {
    const [item] = args.positional;
    const found = self.items.findIndex(
      (other) => item?.type === 'str' && other.type === 'str' && other.value === item.value,
    );
    if (found >= 0) self.items.splice(found, 1);
    return unknownArgument(args) ?? none();
  },
  copy: (self) => ({ ...self, items: [...self.items] }),
};

/** Methods of lists and sets that change them in place. */
export const listMethods: ReadonlyMap<string, Method<List>> = new Map(Object.entries(methods));

function change(self: List, work: () => unknown): Value | undefined {
  if (self.tuple) return undefined;
  work();
  return none();
}

/** `+=` with what may be unknown. */
export function extend(self: List, more: Value): void {
  const items = itemsOf(more);
  // The same list on both sides must not grow while it is read.
  if (items) self.items.push(...[...items]);
  else self.rest ??= restOf(more);
}

/** Why there may be more in a value than is known of it. */
export function restOf(value: Value): Unknown | undefined {
  if (value.type === 'unknown') return value;
  return value.type === 'list' || value.type === 'dict' ? value.rest : undefined;
}
