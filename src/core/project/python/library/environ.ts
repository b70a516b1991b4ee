import { dirname, join } from 'node:path';
import type { Machine } from '../machine.ts';
import {
  type Arguments,
  bool,
  type Location,
  list,
  type Native,
  type NativeCall,
  native,
  none,
  num,
  pathValue,
  type Str,
  str,
  textOf,
  truthOf,
  type Value,
  withOrigin,
} from '../values.ts';
import { parse } from './djDatabaseUrl.ts';
import { findUp, loadFile } from './dotenv.ts';
import { createPathClass } from './pathlib.ts';
import { exceptions } from './standard.ts';

/** How a text of the environment becomes a value; undefined where that is not read here. */
type Cast = (text: Str, at: Location) => Value | undefined;

/** django-environ 0.11: `env = environ.Env(DEBUG=(bool, False))`, `read_env`, `env('X')`, `env.db()`, … */
export function createEnviron(machine: Machine): Native {
  const readEnv = native('read_env', ({ positional: [given], named }, at) => {
    const file = given ?? named.get('env_file');
    if (file?.type === 'unknown') return file;
    const overwrite = named.get('overwrite');
    const path = textOf(file) ?? join(dirname(at.path), '.env');
    loadFile(machine, path, 'environ', overwrite !== undefined && truthOf(overwrite) === true);
    return none();
  });
  const make = native('Env', ({ named }) => createEnv(machine, named, readEnv), { read_env: readEnv });
  return native('environ', undefined, {
    Env: make,
    FileAwareEnv: make,
    Path: createPathClass(machine),
    ImproperlyConfigured: native('ImproperlyConfigured'),
  });
}

/** environs: the same idea; the default may be the second argument, and `read_env` looks in the folders above. */
export function createEnvirons(machine: Machine): Native {
  const readEnv = native('read_env', ({ positional: [given], named }, at) => {
    const file = given ?? named.get('path');
    if (file?.type === 'unknown') return file;
    const path = textOf(file) ?? findUp(machine, dirname(at.path));
    loadFile(machine, path, 'dotenv', false);
    return none();
  });
  const env = createEnv(machine, new Map(), readEnv);
  const { attributes } = exceptions('environs', 'EnvError', 'EnvValidationError');
  return native('environs', undefined, {
    ...Object.fromEntries(attributes),
    Env: native('Env', () => env),
    env,
  });
}

function createEnv(machine: Machine, scheme: ReadonlyMap<string, Value>, readEnv: Value): Value {
  const method = (cast: Cast, usual?: string): Value =>
    native('env', (args, at) => look(machine, scheme, args, at, { cast, usual }));
  const database = method((text, at) => parse(text, at), 'DATABASE_URL');
  const call: NativeCall = (args, at) => look(machine, scheme, args, at, {});
  return native('env', call, {
    read_env: readEnv,
    get_value: native('env', call),
    str: method((text) => text),
    bool: method(toBoolean),
    int: method(toNumber),
    float: method(toNumber),
    list: method(toList),
    tuple: method(toList),
    path: method((text) => withOrigin(pathValue(text.value), text)),
    db: database,
    db_url: database,
    dj_db_url: database,
    NOTSET: native('NOTSET'),
  });
}

interface LookUp {
  cast?: Cast;
  /** The variable that is meant where none is named. */
  usual?: string | undefined;
}

function look(
  machine: Machine,
  scheme: ReadonlyMap<string, Value>,
  { positional, named }: Arguments,
  at: Location,
  { cast, usual }: LookUp,
): Value | undefined {
  const nameValue =
    positional[0] ?? named.get('var') ?? named.get('name') ?? (usual ? str(usual) : undefined);
  if (nameValue?.type !== 'str') return nameValue;
  const name = nameValue.value;
  const [schemeCast, schemeDefault] = schemeOf(scheme.get(name));
  // The second argument of `env(…)` is a cast; of its methods, and in environs, the default.
  const second = positional[1];
  const isCast = second?.type === 'native' || second?.type === 'function' || second?.type === 'class';
  const fallback = named.get('default') ?? (isCast ? positional[2] : second) ?? schemeDefault;
  const found = machine.environ.entries.get(`str:${name}`)?.value ?? machine.environ.rest;
  if (found === undefined)
    return fallback === undefined ? unset(machine, name, at) : asDefault(fallback, cast, at);
  if (found.type !== 'str') return found;
  // A value `$OTHER` stands for another variable.
  if (found.value.startsWith('$') && found.value.length > 1 && found.value !== `$${name}`) {
    const other = machine.environ.entries.get(`str:${found.value.slice(1)}`)?.value;
    if (!other) return fallback ?? unset(machine, found.value.slice(1), at);
    return other.type === 'str' ? (cast?.(other, at) ?? other) : other;
  }
  if (cast) return cast(found, at);
  const wanted =
    (isCast ? second : undefined) ?? named.get('cast') ?? schemeCast ?? (fallback && typeOf(fallback));
  return castTo(machine, wanted, found, at);
}

function unset(machine: Machine, name: string, at: Location): Value {
  return machine.missing('ImproperlyConfigured', `the environment variable ${name} is not set`, at);
}

/** A text that stands for a database or path is read as the variable would be. */
function asDefault(fallback: Value, cast: Cast | undefined, at: Location): Value {
  return cast && fallback.type === 'str' ? (cast(fallback, at) ?? fallback) : fallback;
}

function schemeOf(entry: Value | undefined): [cast: Value | undefined, fallback: Value | undefined] {
  // A pair is a cast and a default; `[str]` is a cast alone.
  if (entry?.type === 'list' && entry.items.length === 2) return [entry.items[0], entry.items[1]];
  return [entry, undefined];
}

/** A default's type is what the variable's text becomes (`smart_cast`). */
function typeOf(fallback: Value): Value | undefined {
  const names: Partial<Record<Value['type'], string>> = { bool: 'bool', number: 'int', list: 'list' };
  const name = names[fallback.type];
  return name === undefined ? undefined : native(name);
}

function castTo(machine: Machine, cast: Value | undefined, text: Str, at: Location): Value | undefined {
  if (!cast || cast.type === 'unknown') return cast ?? text;
  if (cast.type === 'list') return toList(text);
  switch (cast.type === 'native' ? cast.name : '') {
    case 'str':
      return text;
    case 'bool':
      return toBoolean(text);
    case 'int':
    case 'float':
      return toNumber(text);
    case 'list':
    case 'tuple':
      return toList(text);
    default:
      return withOrigin(machine.call(cast, { positional: [text], named: new Map() }, at, 'cast(…)'), text);
  }
}

const truths = ['true', 'on', 'ok', 'y', 'yes', '1'];

function toBoolean(text: Str): Value {
  const word = text.value.toLowerCase().trim();
  const isTrue = /^[+-]?\d+$/.test(word) ? Number(word) !== 0 : truths.includes(word);
  return withOrigin(bool(isTrue), text);
}

function toNumber(text: Str): Value | undefined {
  const value = Number(text.value || 'NaN');
  return Number.isFinite(value) ? withOrigin(num(value), text) : undefined;
}

function toList(text: Str): Value {
  const parts = text.value.split(',');
  return withOrigin(list(parts.filter(Boolean).map(str)), text);
}
