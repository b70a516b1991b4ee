import type { SyntaxNode } from '@lezer/common';
import type { Source } from '../project.ts';
import type { SourceFile } from './syntax.ts';

/** A place in a file. Lines count from 1. */
export interface Location {
  path: string;
  line: number;
}

/** A value that cannot be known without running Python. It spreads, and is named only where a fact needs it. */
export interface Unknown {
  type: 'unknown';
  /** Why, as the rest of a sentence; no text of a string literal stands in it. */
  why: string;
  at: Location;
  /** Something of a library that is not read: what is done with it is named instead of where it was imported. */
  external: boolean;
}

interface Known {
  /** Where the value came from, where that is not the line that names it: the environment, an `.env` file. */
  origin?: Source;
}

export interface None extends Known {
  type: 'none';
}
export interface Bool extends Known {
  type: 'bool';
  value: boolean;
}
export interface Num extends Known {
  type: 'number';
  value: number;
  /** Whether it is a `float`, which is written with a point even where it is whole. */
  float: boolean;
}
export interface Str extends Known {
  type: 'str';
  value: string;
}
/** A `pathlib` path, or one of the libraries that work alike. */
export interface PathValue extends Known {
  type: 'path';
  value: string;
}
/** A list, tuple or set. */
export interface List extends Known {
  type: 'list';
  items: Value[];
  tuple: boolean;
  /** Why there may be more items than these. */
  rest?: Unknown | undefined;
}
export interface Entry {
  key: Value;
  value: Value;
  at: Location;
}
export interface Dict extends Known {
  type: 'dict';
  /** By {@link keyOf}. */
  entries: Map<string, Entry>;
  /** Why there may be more entries than these. */
  rest?: Unknown | undefined;
}
/** A module of the project. */
export interface Module extends Known {
  type: 'module';
  scope: Scope;
}
export interface Arguments {
  positional: Value[];
  named: Map<string, Value>;
  /** Why there may be more arguments than these. */
  rest?: Unknown | undefined;
}
/** Undefined stands for what is not read here. */
export type NativeCall = (args: Arguments, at: Location, frame?: Frame) => Value | undefined;

/** A function, class or module of a library, written here. */
export interface Native extends Known {
  type: 'native';
  name: string;
  call?: NativeCall | undefined;
  attributes: ReadonlyMap<string, Value>;
}
export interface Func extends Known {
  type: 'function';
  name: string;
  /** A FunctionDefinition or LambdaExpression. */
  node: SyntaxNode;
  frame: Frame;
}
export interface Class extends Known {
  type: 'class';
  name: string;
  scope: Scope;
  bases: Value[];
}

export type Value =
  | None
  | Bool
  | Num
  | Str
  | PathValue
  | List
  | Dict
  | Module
  | Native
  | Func
  | Class
  | Unknown;

/** A name in a scope, and the line that gave it its value. */
export interface Binding {
  value: Value;
  at: Location;
}

/** The names of a module, class or running function. */
export interface Scope {
  bindings: Map<string, Binding>;
  parent: Scope | undefined;
  /** Names that `global` sends to the module. */
  globals: Set<string>;
  /** Why there may be more names than these: a star import that cannot be read, a syntax error. */
  rest?: Unknown | undefined;
}

/** Where code runs. */
export interface Frame {
  file: SourceFile;
  scope: Scope;
}

export const none = (): None => ({ type: 'none' });
export const bool = (value: boolean): Bool => ({ type: 'bool', value });
export const num = (value: number, float = !Number.isInteger(value)): Num => ({
  type: 'number',
  value,
  float,
});
export const str = (value: string): Str => ({ type: 'str', value });
export const pathValue = (value: string): PathValue => ({ type: 'path', value });
export const list = (items: Value[], tuple = false): List => ({ type: 'list', items, tuple });
export const native = (
  name: string,
  call?: NativeCall,
  attributes?: Record<string, Value> | ReadonlyMap<string, Value>,
): Native => ({
  type: 'native',
  name,
  call,
  attributes: attributes instanceof Map ? attributes : new Map(Object.entries(attributes ?? {})),
});
export const unknown = (why: string, at: Location, external = false): Unknown => ({
  type: 'unknown',
  why,
  at,
  external,
});

export function dict(entries: Iterable<[string, Value]>, at: Location): Dict {
  const made: Dict = { type: 'dict', entries: new Map() };
  for (const [key, value] of entries) setKey(made, str(key), value, at);
  return made;
}

export function newScope(parent?: Scope): Scope {
  return { bindings: new Map(), parent, globals: new Set() };
}

/** How a dict tells keys apart, or undefined for what cannot be a key here. */
export function keyOf(key: Value): string | undefined {
  switch (key.type) {
    case 'str':
    case 'path':
    case 'number':
      return `${key.type}:${key.value}`;
    case 'bool':
      return `number:${Number(key.value)}`;
    case 'none':
      return 'none';
    default:
      return undefined;
  }
}

export function setKey(target: Dict, key: Value, value: Value, at: Location): void {
  const name = keyOf(key);
  if (name !== undefined) target.entries.set(name, { key, value, at });
  else target.rest ??= key.type === 'unknown' ? key : unknown('one of its keys is not followed', at);
}

/** What a text key holds; undefined where the dict surely has none. */
export function getKey(target: Dict, key: string): Value | undefined {
  return target.entries.get(`str:${key}`)?.value ?? target.rest;
}

/** The text of a `str` or path. */
export function textOf(value: Value | undefined): string | undefined {
  return value?.type === 'str' || value?.type === 'path' ? value.value : undefined;
}

/** Whether Python takes a value for true; undefined where that is unknown. */
export function truthOf(value: Value): boolean | undefined {
  switch (value.type) {
    case 'unknown':
      return undefined;
    case 'none':
      return false;
    case 'bool':
      return value.value;
    case 'number':
      return value.value !== 0;
    case 'str':
      return value.value !== '';
    case 'list':
      return value.items.length > 0 || (value.rest ? undefined : false);
    case 'dict':
      return value.entries.size > 0 || (value.rest ? undefined : false);
    default:
      return true;
  }
}

/** The first unknown among values. */
export function firstUnknown(values: Iterable<Value>): Unknown | undefined {
  for (const value of values) if (value.type === 'unknown') return value;
  return undefined;
}

/** The first unknown among a call's arguments. */
export function unknownArgument({ positional, named, rest }: Arguments): Unknown | undefined {
  return rest ?? firstUnknown(positional) ?? firstUnknown(named.values());
}

/** A function that has nothing to say while an argument is unknown. */
export function pure(call: NativeCall): NativeCall {
  return (args, at, frame) => unknownArgument(args) ?? call(args, at, frame);
}

/** A copy of a value that says where it came from, unless it already does. */
export function withOrigin<T extends Value>(value: T, ...from: (Value | undefined)[]): T {
  if (value.type === 'unknown' || value.origin) return value;
  for (const other of from) {
    if (other && other.type !== 'unknown' && other.origin) return { ...value, origin: other.origin };
  }
  return value;
}
