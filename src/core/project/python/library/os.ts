import { basename, dirname, extname, isAbsolute, normalize, relative, resolve, sep } from 'node:path';
import type { Machine } from '../machine.ts';
import { joinPaths } from '../operators.ts';
import { expandUser } from '../pathMethods.ts';
import { getItem } from '../subscripts.ts';
import {
  bool,
  list,
  type Native,
  type NativeCall,
  native,
  none,
  pure,
  str,
  textOf,
  type Value,
  withOrigin,
} from '../values.ts';

/** `os`, as far as settings use it. */
export function createOs(machine: Machine): Native {
  const path = createOsPath(machine);
  const nothing = native('os', () => none());
  return native('os', undefined, {
    environ: machine.environ,
    path,
    sep: str(sep),
    pardir: str('..'),
    curdir: str('.'),
    name: str(process.platform === 'win32' ? 'nt' : 'posix'),
    getcwd: native('getcwd', () => str(machine.cwd)),
    makedirs: nothing,
    mkdir: nothing,
    umask: nothing,
    getenv: native('getenv', ({ positional: [name, fallback], named }, at) => {
      if (!name || name.type === 'unknown') return name;
      const isSet = name.type === 'str' && machine.environ.entries.has(`str:${name.value}`);
      if (isSet || machine.environ.rest) return getItem(machine, machine.environ, name, at);
      return fallback ?? named.get('default') ?? none();
    }),
    fspath: pathFunction((text) => text),
  });
}

/** `os.path`. */
export function createOsPath(machine: Machine): Native {
  const absolute = (text: string) => resolve(machine.cwd, text);
  const test = (work: (text: string) => boolean) => pathFunction((text) => bool(work(absolute(text))));
  const functions: Record<string, Value> = {
    // An empty last part leaves a slash at the end.
    join: pathFunction((...parts) => {
      const joined = joinPaths(...parts);
      return parts.at(-1) === '' && parts.length > 1 && !/^$|\/$/.test(joined) ? `${joined}/` : joined;
    }),
    dirname: pathFunction(dirnameOf),
    abspath: pathFunction(absolute),
    realpath: pathFunction((text) => machine.files.real(absolute(text))),
    normpath: pathFunction((text) => normalize(text).replace(/(?<=.)\/$/, '')),
    basename: pathFunction(basenameOf),
    expanduser: pathFunction((text) => expandUser(text, machine)),
    relpath: pathFunction((text, start) => relative(absolute(start ?? '.'), absolute(text)) || '.'),
    splitext: pathFunction((text) => {
      const ending = extname(text);
      return list([str(text.slice(0, text.length - ending.length)), str(ending)], true);
    }),
    split: pathFunction((text) => list([str(dirnameOf(text)), str(basenameOf(text))], true)),
    isabs: pathFunction((text) => bool(isAbsolute(text))),
    exists: test((text) => machine.files.exists(text)),
    isfile: test((text) => machine.files.isFile(text)),
    isdir: test((text) => machine.files.isFolder(text)),
  };
  return native('os.path', undefined, { ...functions, sep: str(sep), pardir: str('..') });
}

function basenameOf(text: string): string {
  return text.endsWith('/') ? '' : basename(text);
}

function pathFunction(work: (first: string, ...more: string[]) => string | Value | undefined): Value {
  const call: NativeCall = ({ positional }) => {
    const texts = positional.map(textOf);
    const [first, ...more] = texts;
    if (first === undefined || more.includes(undefined)) return undefined;
    const result = work(first, ...(more as string[]));
    const value = typeof result === 'string' ? str(result) : result;
    return value && withOrigin(value, ...positional);
  };
  return native('os.path', pure(call));
}

/** Unlike Node's, Python's takes nothing off but what follows the last slash. */
function dirnameOf(text: string): string {
  if (text.endsWith('/') && text !== '/') return text.slice(0, -1);
  const folder = dirname(text);
  return folder === '.' && !text.startsWith('./') ? '' : folder;
}
