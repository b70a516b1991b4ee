import { dirname, join } from 'node:path';
import type { SyntaxNode } from '@lezer/common';
import { restOf } from './listMethods.ts';
import type { Machine } from './machine.ts';
import { childrenOf, locationOf, sourceOf, splitAt } from './syntax.ts';
import { bindName } from './targets.ts';
import {
  type Frame,
  type Location,
  type Module,
  type Native,
  newScope,
  type Scope,
  textOf,
  type Unknown,
  unknown,
  type Value,
} from './values.ts';

/** What a module's name stands for: one of the project, one of a library, or neither. */
type Importable = Module | Native | Unknown;

/** Where a module lies: a file, or a folder whose files are modules. */
interface Place {
  file: string | undefined;
  folder: string;
  name: string;
}

/** Runs `import …` or `from … import …`. */
export function runImport(machine: Machine, node: SyntaxNode, frame: Frame): void {
  const parts = childrenOf(node);
  const at = locationOf(frame.file, node);
  if (parts[0]?.name === 'import') {
    for (const part of splitAt(parts.slice(1), ',')) importModule(machine, part, frame, at);
    return;
  }
  const split = parts.findIndex(({ name }) => name === 'import');
  const names = parts.slice(split + 1).filter(({ name }) => name !== '(' && name !== ')');
  importFrom(machine, moduleName(parts.slice(1, split), frame), names, frame, at);
}

/** A dotted name; one that starts with dots is relative. */
function moduleName(nodes: readonly SyntaxNode[], frame: Frame): string {
  return nodes.map((node) => sourceOf(frame.file, node)).join('');
}

function importModule(machine: Machine, part: readonly SyntaxNode[], frame: Frame, at: Location): void {
  const as = part.findIndex(({ name }) => name === 'as');
  const name = moduleName(as >= 0 ? part.slice(0, as) : part, frame);
  const first = name.split('.')[0]!;
  const whole = findValue(machine, name, frame, at);
  const alias = as >= 0 ? part[as + 1] : undefined;
  if (alias) bindName(frame.scope, sourceOf(frame.file, alias), whole, at);
  else if (first === name) bindName(frame.scope, name, whole, at);
  else bindName(frame.scope, first, packageOf(machine, name, whole, frame, at), at);
}

/** `import a.b.c` gives `a`, in which `b.c` can be found. */
function packageOf(machine: Machine, name: string, whole: Importable, frame: Frame, at: Location): Value {
  const names = name.split('.');
  const top = findValue(machine, names[0]!, frame, at);
  let owner = top;
  for (let length = 2; length <= names.length; length++) {
    if (owner.type !== 'module') return top;
    const next =
      length === names.length ? whole : findValue(machine, names.slice(0, length).join('.'), frame, at);
    owner.scope.bindings.set(names[length - 1]!, { value: next, at });
    owner = next;
  }
  return top;
}

function importFrom(
  machine: Machine,
  name: string,
  names: readonly SyntaxNode[],
  frame: Frame,
  at: Location,
): void {
  const place = findPlace(machine, name, frame);
  const module = moduleAt(machine, place, name, at);
  if (names[0]?.name === '*') {
    importAll(module, frame, at);
    return;
  }
  for (const [nameNode, , alias] of splitAt(names, ',')) {
    const wanted = sourceOf(frame.file, nameNode!);
    const value = memberOf(machine, module, place, wanted, name, at);
    bindName(frame.scope, alias ? sourceOf(frame.file, alias) : wanted, value, at);
  }
}

function memberOf(
  machine: Machine,
  module: Importable,
  place: Place | 'missing' | undefined,
  wanted: string,
  name: string,
  at: Location,
): Value {
  if (module.type === 'unknown') {
    return module.external
      ? unknown(`\`${wanted}\` of ${name} is not part of this project`, at, true)
      : module;
  }
  if (module.type === 'native') {
    const known = module.attributes.get(wanted) ?? machine.library(`${name}.${wanted}`);
    return known ?? unknown(`\`${wanted}\` of ${name} is not part of this project`, at, true);
  }
  const bound = module.scope.bindings.get(wanted)?.value;
  if (bound) return bound;
  const below = place && place !== 'missing' ? findBelow(machine, place, [wanted]) : undefined;
  if (below) return openPlace(machine, below);
  return module.scope.rest ?? machine.missing('ImportError', `${name} has no \`${wanted}\``, at);
}

/** A star takes every public name along, and with them what is not known of the module. */
function importAll(module: Importable, frame: Frame, at: Location): void {
  if (module.type === 'module') {
    const listed = module.scope.bindings.get('__all__')?.value;
    const all = listed?.type === 'list' && !listed.rest ? new Set(listed.items.map(textOf)) : undefined;
    for (const [name, binding] of module.scope.bindings) {
      if (all ? all.has(name) : !name.startsWith('_')) frame.scope.bindings.set(name, binding);
    }
    frame.scope.rest ??= module.scope.rest ?? (listed && restOf(listed));
  } else if (module.type === 'native') {
    for (const [name, value] of module.attributes) frame.scope.bindings.set(name, { value, at });
  } else frame.scope.rest ??= module;
}

function findValue(machine: Machine, name: string, frame: Frame, at: Location): Importable {
  return moduleAt(machine, findPlace(machine, name, frame), name, at);
}

function moduleAt(
  machine: Machine,
  place: Place | 'missing' | undefined,
  name: string,
  at: Location,
): Importable {
  if (place === 'missing') return missing(machine, name, at);
  return place ? openPlace(machine, place) : outside(machine, name, at);
}

function outside(machine: Machine, name: string, at: Location): Native | Unknown {
  return machine.library(name) ?? unknown(`the module ${name} is not part of this project`, at, true);
}

function missing(machine: Machine, name: string, at: Location): Unknown {
  return machine.missing('ModuleNotFoundError', `there is no module ${name}`, at);
}

/** Undefined for a module that is no part of the project, `missing` for one that would be but is not there. */
function findPlace(machine: Machine, name: string, frame: Frame): Place | 'missing' | undefined {
  const dots = /^\.*/.exec(name)![0].length;
  const names = name.slice(dots).split('.').filter(Boolean);
  if (dots > 0) {
    let folder = dirname(frame.file.path);
    for (let level = 1; level < dots; level++) folder = dirname(folder);
    return findBelow(machine, { file: packageFile(machine, folder), folder, name: '' }, names) ?? 'missing';
  }
  return findModule(machine, names);
}

/** A module of the project by its absolute name, looked for as Python would from the working folder. */
export function findModule(machine: Machine, names: readonly string[]): Place | 'missing' | undefined {
  const folders = [machine.cwd, ...machine.sysPath.items.flatMap((item) => textOf(item) ?? [])];
  for (const folder of new Set(folders)) {
    const top = findBelow(machine, { file: undefined, folder, name: '' }, names.slice(0, 1));
    if (top) return findBelow(machine, top, names.slice(1)) ?? 'missing';
  }
  return undefined;
}

function findBelow(machine: Machine, start: Place, names: readonly string[]): Place | undefined {
  let at: Place = start;
  for (const name of names) {
    const folder = join(at.folder, name);
    const file = packageFile(machine, folder) ?? moduleFile(machine, folder);
    if (!file && !machine.files.isFolder(folder)) return undefined;
    at = { file, folder, name: at.name ? `${at.name}.${name}` : name };
  }
  return at;
}

function packageFile(machine: Machine, folder: string): string | undefined {
  const file = join(folder, '__init__.py');
  return machine.files.isFile(file) ? file : undefined;
}

function moduleFile(machine: Machine, folder: string): string | undefined {
  return machine.files.isFile(`${folder}.py`) ? `${folder}.py` : undefined;
}

function openPlace(machine: Machine, place: Place): Module {
  const scope: Scope = place.file ? machine.load(place.file, place.name) : newScope();
  return { type: 'module', scope };
}
