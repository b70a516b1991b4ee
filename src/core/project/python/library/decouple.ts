import { dirname, join, resolve } from 'node:path';
import { type FileEntry, readDotenv, readSettingsIni } from '../../dotenv.ts';
import type { Machine } from '../machine.ts';
import {
  type Arguments,
  bool,
  type Location,
  list,
  type Native,
  native,
  str,
  textOf,
  unknown,
  type Value,
  withOrigin,
} from '../values.ts';
import { exceptions } from './standard.ts';

/** Where python-decouple looks after the environment: a name's entry in one file. */
type Repository = (name: string) => Value | undefined;

/** python-decouple 3.8: `config(name, default=, cast=)`, `AutoConfig`, `Config(RepositoryEnv(path))`, `Csv`. */
export function createDecouple(machine: Machine): Native {
  const repositories = new WeakMap<Value, Repository>();
  const openAs = (read: (path: string) => Repository) =>
    native('Repository', ({ positional: [source] }) => {
      const path = textOf(source);
      const made = native('Repository');
      if (path !== undefined) repositories.set(made, read(resolve(machine.cwd, path)));
      return source?.type === 'unknown' ? source : made;
    });
  const configOf = (find: (at: Location) => Repository) => {
    const call = (args: Arguments, at: Location) => get(machine, find(at), args, at);
    return native('config', call, { get: native('config.get', call) });
  };
  return native('decouple', undefined, {
    ...Object.fromEntries(exceptions('', 'UndefinedValueError').attributes),
    config: configOf((at) => findRepository(machine, dirname(at.path))),
    AutoConfig: native('AutoConfig', ({ positional, named }) => {
      const start = textOf(positional[0] ?? named.get('search_path'));
      return configOf((at) =>
        findRepository(machine, start === undefined ? dirname(at.path) : resolve(machine.cwd, start)),
      );
    }),
    Config: native('Config', ({ positional: [source] }) => {
      if (source?.type === 'unknown') return source;
      return configOf(() => (source && repositories.get(source)) ?? (() => undefined));
    }),
    RepositoryEnv: openAs((path) => readEnv(machine, path)),
    RepositoryIni: openAs((path) => readIni(machine, path)),
    RepositoryEmpty: native('RepositoryEmpty', () => native('Repository')),
    Csv: native('Csv', ({ positional: [cast], named }) => csv(machine, cast ?? named.get('cast'), named)),
    Choices: native('Choices', () => native('choice', ({ positional: [value] }) => value)),
  });
}

/** `settings.ini` or `.env` in the folder or the nearest above it. */
function findRepository(machine: Machine, start: string): Repository {
  for (let folder = start; dirname(folder) !== folder; folder = dirname(folder)) {
    if (machine.files.isFile(join(folder, 'settings.ini')))
      return readIni(machine, join(folder, 'settings.ini'));
    if (machine.files.isFile(join(folder, '.env'))) return readEnv(machine, join(folder, '.env'));
  }
  return () => undefined;
}

function readEnv(machine: Machine, path: string): Repository {
  const entries = readDotenv(machine.files.text(path) ?? '', 'decouple');
  return (name) => textFrom(entries.get(name), path);
}

function readIni(machine: Machine, path: string): Repository {
  const entries = readSettingsIni(machine.files.text(path) ?? '');
  return (name) => {
    const entry = entries.get(name.toLowerCase());
    const reference = /%\([^)]+\)s/.exec(entry?.value ?? '')?.[0];
    if (!entry || reference === undefined) return textFrom(entry, path);
    return unknown(`the value of ${name} refers to ${reference}, which is not followed`, {
      path,
      line: entry.line,
    });
  };
}

function textFrom(entry: FileEntry | undefined, path: string): Value | undefined {
  return entry && { ...str(entry.value), origin: { kind: 'file', path, line: entry.line } };
}

function get(
  machine: Machine,
  repository: Repository,
  { positional, named }: Arguments,
  at: Location,
): Value | undefined {
  const option = positional[0] ?? named.get('option');
  if (option?.type !== 'str') return option?.type === 'unknown' ? option : undefined;
  const found = machine.environ.entries.get(`str:${option.value}`)?.value ?? repository(option.value);
  const value =
    found ??
    positional[1] ??
    named.get('default') ??
    machine.missing(
      'UndefinedValueError',
      `${option.value} is set neither in the environment nor in .env or settings.ini`,
      at,
    );
  const cast = positional[2] ?? named.get('cast');
  return cast && value.type !== 'unknown' ? castTo(machine, cast, value, at) : value;
}

function castTo(machine: Machine, cast: Value, value: Value, at: Location): Value | undefined {
  if (cast.type === 'native' && cast.name === 'bool') return toBoolean(value);
  const result = machine.call(cast, { positional: [value], named: new Map() }, at, 'cast(…)');
  return withOrigin(result, value);
}

function toBoolean(value: Value): Value | undefined {
  if (value.type === 'bool') return value;
  const text = value.type === 'number' ? String(value.value) : textOf(value)?.toLowerCase();
  if (text !== undefined && ['1', 'yes', 'y', 'true', 't', 'on'].includes(text))
    return withOrigin(bool(true), value);
  if (text !== undefined && ['', '0', 'no', 'n', 'false', 'f', 'off'].includes(text)) {
    return withOrigin(bool(false), value);
  }
  return undefined;
}

/** `Csv(cast=str, delimiter=',')`: quotes are taken off as a shell would. */
function csv(machine: Machine, cast: Value | undefined, named: ReadonlyMap<string, Value>): Value {
  const delimiter = textOf(named.get('delimiter')) ?? ',';
  const postProcess = named.get('post_process');
  return native('Csv', ({ positional: [value] }, at) => {
    const text = textOf(value);
    if (value?.type === 'unknown' || text === undefined) return value;
    const items = text
      .split(delimiter)
      .map((item) => str(item.trim().replace(/^(['"])(.*)\1$/, '$2')))
      .filter((item) => item.value !== '' || text.includes(delimiter));
    const cast1 = (item: Value) =>
      cast ? machine.call(cast, { positional: [item], named: new Map() }, at, 'cast(…)') : item;
    const tuple = postProcess?.type === 'native' && postProcess.name === 'tuple';
    return withOrigin(list(items.map(cast1), tuple), value);
  });
}
