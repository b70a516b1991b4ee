import type { SyntaxNode } from '@lezer/common';
import { mergeInto } from './dictMethods.ts';
import { notKnown } from './expressions.ts';
import { extend } from './listMethods.ts';
import type { Machine } from './machine.ts';
import { operate } from './operators.ts';
import { deleteItem, itemsOf, setItem } from './subscripts.ts';
import { childrenOf, sourceOf, splitAt } from './syntax.ts';
import type { Frame, Location, Scope, Value } from './values.ts';

/** Gives a target (a name, an item, an attribute, several of them) its value. What cannot be followed is dropped. */
export function assign(
  machine: Machine,
  targets: readonly SyntaxNode[],
  value: Value,
  frame: Frame,
  at: Location,
): void {
  if (targets.length > 1) {
    unpack(machine, targets, value, frame, at);
    return;
  }
  const target = targets[0]!;
  switch (target.name) {
    case 'VariableName':
      bindName(frame.scope, sourceOf(frame.file, target), value, at);
      return;
    case 'TupleExpression':
    case 'ArrayExpression':
      unpack(machine, inner(target), value, frame, at);
      return;
    case 'ParenthesizedExpression':
      assign(machine, inner(target), value, frame, at);
      return;
    case 'MemberExpression':
      assignMember(machine, target, value, frame, at);
  }
}

function inner(target: SyntaxNode): SyntaxNode[] {
  return childrenOf(target).slice(1, -1);
}

/** Binds a name where Python would: here, or in the module where `global` says so. */
export function bindName(scope: Scope, name: string, value: Value, at: Location): void {
  let target = scope;
  if (scope.globals.has(name)) while (target.parent) target = target.parent;
  target.bindings.set(name, { value, at });
}

function unpack(
  machine: Machine,
  nodes: readonly SyntaxNode[],
  value: Value,
  frame: Frame,
  at: Location,
): void {
  const targets = splitAt(nodes, ',');
  // What the parser has put together from broken code: no target of Python's has several parts without a comma.
  if (targets.some(([first, ...more]) => more.length > 0 && first!.name !== '*')) return;
  const items = value.type === 'unknown' ? undefined : itemsOf(value);
  const fits = items?.length === targets.length && !targets.some(([first]) => first!.name === '*');
  for (const [index, target] of targets.entries()) {
    const [first] = target;
    const item = (fits && items[index]) || (value.type === 'unknown' ? value : notKnown(first!, frame));
    assign(machine, first!.name === '*' ? target.slice(1) : target, item, frame, at);
  }
}

function assignMember(machine: Machine, target: SyntaxNode, value: Value, frame: Frame, at: Location): void {
  const [object, token, keyNode] = childrenOf(target);
  const owner = machine.evaluate(object!, frame);
  if (token!.name === '.') {
    if (owner.type === 'module' || owner.type === 'class') {
      owner.scope.bindings.set(sourceOf(frame.file, keyNode!), { value, at });
    }
    return;
  }
  setItem(owner, machine.evaluate(keyNode!, frame), value, at);
}

/** `target += value` and its kind: lists and dicts change in place. */
export function augment(
  machine: Machine,
  target: SyntaxNode,
  operator: string,
  value: Value,
  frame: Frame,
  at: Location,
): void {
  const old = machine.evaluate(target, frame);
  if (operator === '+' && old.type === 'list' && !old.tuple) extend(old, value);
  else if (operator === '|' && old.type === 'dict') mergeInto(old, value, at);
  else assign(machine, [target], operate(operator, old, value) ?? notKnown(target, frame), frame, at);
}

/** `del target`. */
export function remove(machine: Machine, target: SyntaxNode, frame: Frame): void {
  if (target.name === 'VariableName') {
    frame.scope.bindings.delete(sourceOf(frame.file, target));
    return;
  }
  const [object, token, keyNode] = childrenOf(target);
  if (target.name !== 'MemberExpression' || token!.name !== '[') return;
  deleteItem(machine.evaluate(object!, frame), machine.evaluate(keyNode!, frame));
}

/** Every name whose value code below a node changes, whatever way it takes. */
export function assignedNames(node: SyntaxNode, frame: Frame): string[] {
  const found: string[] = [];
  node.cursor().iterate((at) => {
    if (at.name !== 'AssignStatement' && at.name !== 'UpdateStatement') return;
    let target = at.node.firstChild;
    while (target?.firstChild) target = target.firstChild;
    if (target?.name === 'VariableName') found.push(sourceOf(frame.file, target));
  });
  return found;
}
