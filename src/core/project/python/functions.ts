import type { SyntaxNode } from '@lezer/common';
import type { Machine } from './machine.ts';
import { childrenOf, sourceOf, splitAt } from './syntax.ts';
import { bindName } from './targets.ts';
import {
  type Arguments,
  type Frame,
  type Func,
  type Location,
  list,
  newScope,
  none,
  str,
  unknown,
  type Value,
} from './values.ts';

/** Runs a function of the project with arguments and gives back what it returns. */
export function runFunction(machine: Machine, func: Func, args: Arguments, at: Location): Value {
  const scope = newScope(func.frame.scope);
  const frame: Frame = { file: func.frame.file, scope };
  bindParameters(machine, func, args, frame, at);
  const body = func.node.lastChild!;
  if (func.node.name === 'LambdaExpression') return machine.evaluate(body, frame);
  const completion = machine.run(childrenOf(body).slice(1), frame);
  if (completion?.kind === 'return') return completion.value;
  if (completion?.kind !== 'raise') return none();
  const { exception, why } = completion;
  return machine.missing(exception, `${func.name}() raises ${exception}`, why.at);
}

function bindParameters(machine: Machine, func: Func, args: Arguments, frame: Frame, at: Location): void {
  const params = func.node.getChild('ParamList')!;
  const nodes = childrenOf(params).filter(({ name }) => !['(', ')', 'TypeDef'].includes(name));
  const positional = [...args.positional];
  const named = new Map(args.named);
  for (const part of splitAt(nodes, ',')) {
    const [first, second, third] = part;
    // The grammar has no node for the `/` between two commas.
    if (!first) continue;
    if (first.name === '*' || first.name === '**') {
      if (!second) continue;
      const name = sourceOf(frame.file, second);
      bindName(
        frame.scope,
        name,
        first.name === '*' ? takeRest(positional, args) : takeNamed(named, args, at),
        at,
      );
      continue;
    }
    const name = sourceOf(frame.file, first);
    const given = positional.shift() ?? named.get(name) ?? args.rest;
    named.delete(name);
    bindName(
      frame.scope,
      name,
      given ?? fallback(machine, second?.name === 'AssignOp' ? third : undefined, func, at),
      at,
    );
  }
}

function takeRest(positional: Value[], args: Arguments): Value {
  return { ...list(positional.splice(0), true), rest: args.rest };
}

function takeNamed(named: Map<string, Value>, args: Arguments, at: Location): Value {
  const entries = [...named].map(([name, value]) => [`str:${name}`, { key: str(name), value, at }] as const);
  return { type: 'dict', entries: new Map(entries), rest: args.rest };
}

function fallback(machine: Machine, node: SyntaxNode | undefined, func: Func, at: Location): Value {
  if (!node) return unknown(`${func.name}() is called without an argument it wants`, at);
  return machine.evaluate(node, func.frame);
}
