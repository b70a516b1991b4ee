import type { Machine, Method } from './machine.ts';
import { itemsOf } from './subscripts.ts';
import { braceFormat } from './text.ts';
import {
  type Arguments,
  bool,
  list,
  num,
  type Str,
  str,
  textOf,
  unknownArgument,
  type Value,
  withOrigin,
} from './values.ts';

const methods: Record<string, (self: string, args: Arguments) => Value | string | undefined> = {
  format: (self, args) => braceFormat(self, args),
  join: (self, { positional: [items] }) => {
    const texts = items && itemsOf(items)?.map((item) => (item.type === 'str' ? item.value : undefined));
    return texts?.includes(undefined) ? undefined : texts?.join(self);
  },
  lower: (self) => self.toLowerCase(),
  upper: (self) => self.toUpperCase(),
  strip: (self, args) => strip(self, args, true, true),
  lstrip: (self, args) => strip(self, args, true, false),
  rstrip: (self, args) => strip(self, args, false, true),
  replace: (self, { positional: [from, to, count] }) =>
    from?.type === 'str' && to?.type === 'str' && from.value && !count
      ? self.replaceAll(from.value, () => to.value)
      : undefined,
  startswith: (self, args) => affix(args, (text) => self.startsWith(text)),
  endswith: (self, args) => affix(args, (text) => self.endsWith(text)),
  removeprefix: (self, { positional: [text] }) =>
    text?.type === 'str' ? (self.startsWith(text.value) ? self.slice(text.value.length) : self) : undefined,
  removesuffix: (self, { positional: [text] }) =>
    text?.type === 'str'
      ? text.value && self.endsWith(text.value)
        ? self.slice(0, -text.value.length)
        : self
      : undefined,
  split: (self, args) => split(self, args),
  splitlines: (self, { positional: [ends] }) => (ends ? undefined : list(linesOf(self).map(str))),
  isdigit: (self) => bool(/^\d+$/.test(self)),
  find: (self, { positional: [text] }) => (text?.type === 'str' ? num(self.indexOf(text.value)) : undefined),
};

/** Methods of `str`; what they do with an unknown argument is unknown. */
export const stringMethods: ReadonlyMap<string, Method<Str>> = new Map(
  Object.entries(methods).map(([name, method]) => [
    name,
    (self: Str, args: Arguments, _machine: Machine) => {
      const result = unknownArgument(args) ?? method(self.value, args);
      const value = typeof result === 'string' ? str(result) : result;
      return value && withOrigin(value, self);
    },
  ]),
);

function strip(text: string, { positional: [which] }: Arguments, start: boolean, end: boolean): string {
  const characters = textOf(which);
  const drop = (character: string) =>
    characters === undefined ? /\s/.test(character) : characters.includes(character);
  let [from, to] = [0, text.length];
  while (start && from < to && drop(text[from]!)) from++;
  while (end && to > from && drop(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** A line's end ends it; it begins none. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|[\r\n]/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function affix({ positional: [which] }: Arguments, test: (text: string) => boolean): Value | undefined {
  const texts = which?.type === 'list' ? which.items : which ? [which] : [];
  if (!texts.length || texts.some((text) => text.type !== 'str')) return undefined;
  return bool(texts.some((text) => text.type === 'str' && test(text.value)));
}

function split(text: string, { positional: [separator, count] }: Arguments): Value | undefined {
  const most = count === undefined ? -1 : count.type === 'number' ? count.value : Number.NaN;
  if (Number.isNaN(most)) return undefined;
  if (separator === undefined || separator.type === 'none') {
    return most < 0 ? list(text.split(/\s+/).filter(Boolean).map(str)) : undefined;
  }
  if (separator.type !== 'str' || !separator.value) return undefined;
  const parts = text.split(separator.value);
  const kept = most < 0 ? parts : parts.slice(0, most);
  if (kept.length < parts.length) kept.push(parts.slice(kept.length).join(separator.value));
  return list(kept.map(str));
}
