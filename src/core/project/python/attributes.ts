import { dictMethods } from './dictMethods.ts';
import { listMethods } from './listMethods.ts';
import type { Machine, Method } from './machine.ts';
import { pathMethods, pathProperty } from './pathMethods.ts';
import { stringMethods } from './stringMethods.ts';
import { type Class, type Location, native, type Value } from './values.ts';

/** `owner.name`; undefined where that is not read here. */
export function getAttribute(machine: Machine, owner: Value, name: string, at: Location): Value | undefined {
  switch (owner.type) {
    case 'native':
      return owner.attributes.get(name);
    case 'module':
      return (
        owner.scope.bindings.get(name)?.value ??
        owner.scope.rest ??
        machine.missing('AttributeError', `the module has no \`${name}\``, at)
      );
    case 'class':
      return classAttribute(owner, name);
    case 'str':
      return bind(stringMethods.get(name), owner, name, machine);
    case 'list':
      return bind(listMethods.get(name), owner, name, machine);
    case 'dict':
      return bind(dictMethods.get(name), owner, name, machine);
    case 'path':
      return pathProperty(owner, name) ?? bind(pathMethods.get(name), owner, name, machine);
    default:
      return undefined;
  }
}

/** An attribute of a class or of those it is made from, in their order. */
export function classAttribute(owner: Class, name: string, depth = 0): Value | undefined {
  const own = owner.scope.bindings.get(name)?.value;
  if (own || depth > 20) return own;
  for (const base of owner.bases) {
    if (base.type === 'unknown') return base;
    const inherited = base.type === 'class' ? classAttribute(base, name, depth + 1) : undefined;
    if (inherited) return inherited;
  }
  return undefined;
}

function bind<T extends Value>(
  method: Method<T> | undefined,
  self: T,
  name: string,
  machine: Machine,
): Value | undefined {
  return method && native(name, (args, at) => method(self, args, machine, at));
}
