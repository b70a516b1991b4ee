import { homedir } from 'node:os';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import type { Machine, Method } from './machine.ts';
import { joinPaths } from './operators.ts';
import {
  type Arguments,
  bool,
  list,
  type PathValue,
  pathValue,
  str,
  textOf,
  unknownArgument,
  type Value,
  withOrigin,
} from './values.ts';

type Work = (self: string, texts: string[], machine: Machine) => Value | string | undefined;

const child: Work = (self, texts) => joinPaths(self, ...texts);
const same: Work = (self) => self;

/** `pathlib.Path`, with what `environ.Path`, `path.py` and `unipath` name otherwise. A text stands for a path. */
const methods: Record<string, Work> = {
  resolve: (self, _texts, machine) => machine.files.real(resolve(machine.cwd, self)),
  absolute: (self, _texts, machine) => resolve(machine.cwd, self),
  joinpath: child,
  path: child,
  child,
  expanduser: (self, _texts, machine) => expandUser(self, machine),
  with_name: (self, [name]) => (name === undefined ? undefined : join(dirname(self), name)),
  with_suffix: (self, [suffix]) =>
    suffix === undefined ? undefined : self.slice(0, self.length - extname(self).length) + suffix,
  as_posix: (self) => str(self.replaceAll('\\', '/')),
  __str__: (self) => str(self),
  exists: (self, _texts, machine) => bool(machine.files.exists(resolve(machine.cwd, self))),
  is_file: (self, _texts, machine) => bool(machine.files.isFile(resolve(machine.cwd, self))),
  is_dir: (self, _texts, machine) => bool(machine.files.isFolder(resolve(machine.cwd, self))),
  is_absolute: (self) => bool(isAbsolute(self)),
  mkdir: same,
  touch: same,
};

/** Methods of paths; what they do with an unknown argument is unknown. */
export const pathMethods: ReadonlyMap<string, Method<PathValue>> = new Map<string, Method<PathValue>>([
  ...Object.entries(methods).map(([name, work]): [string, Method<PathValue>] => [
    name,
    (self, args, machine) => {
      const texts = args.positional.map(textOf);
      const result =
        unknownArgument(args) ??
        (texts.includes(undefined) && name !== 'mkdir'
          ? undefined
          : work(self.value, texts as string[], machine));
      const value = typeof result === 'string' ? pathValue(result) : result;
      return value && withOrigin(value, self);
    },
  ]),
  ['ancestor', (self, args) => ancestor(self, args)],
]);

/** An attribute of a path that is no method. */
export function pathProperty(self: PathValue, name: string): Value | undefined {
  const { value } = self;
  // A path of no parts has no name.
  const own = value === '.' ? '' : basename(value);
  switch (name) {
    case 'parent':
      return withOrigin(pathValue(dirname(value)), self);
    case 'parents':
      return list(parents(value).map(pathValue), true);
    case 'name':
      return str(own);
    case 'stem':
      return str(basename(own, extname(own)));
    case 'suffix':
      return str(extname(own));
    case 'root':
      // `environ.Path(…).root` is its text.
      return str(value);
    default:
      return undefined;
  }
}

/** `~` and `~/…` are the user's; `~other` stays. */
export function expandUser(path: string, machine: Machine): string {
  if (!/^~(?=[/\\]|$)/.test(path)) return path;
  const home =
    machine.environ.entries.get('str:HOME')?.value ?? machine.environ.entries.get('str:USERPROFILE')?.value;
  return joinPaths(textOf(home) || homedir(), path.slice(2));
}

/** `environ.Path(…)('media')` is the text of a path below. */
export function callPath(self: PathValue, args: Arguments): Value | undefined {
  const texts = args.positional.map(textOf);
  const why = unknownArgument(args);
  if (why || texts.includes(undefined)) return why;
  return withOrigin(str(joinPaths(self.value, ...(texts as string[]))), self);
}

/** The folder so many levels up. */
export function up(path: string, levels: number): string {
  let at = path;
  for (let level = 0; level < levels && level < 100; level++) at = dirname(at);
  return at;
}

function parents(path: string): string[] {
  const found: string[] = [];
  for (let at = dirname(path); found.at(-1) !== at; at = dirname(at)) found.push(at);
  return found;
}

function ancestor(self: PathValue, { positional: [levels] }: Arguments): Value | undefined {
  return levels?.type === 'number' ? pathValue(up(self.value, levels.value)) : undefined;
}
