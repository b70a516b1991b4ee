import type { SyntaxNode } from '@lezer/common';
import { getAttribute } from './attributes.ts';
import { decodeEscapes, quotedParts, readNumber, readString } from './literals.ts';
import type { Machine } from './machine.ts';
import { compare, operate } from './operators.ts';
import { getItem, getSlice } from './subscripts.ts';
import { childrenOf, describe, isBroken, locationOf, sourceOf, splitAt } from './syntax.ts';
import { mostText, toText } from './text.ts';
import {
  type Arguments,
  bool,
  type Dict,
  type Frame,
  firstUnknown,
  type List,
  list,
  none,
  num,
  type Scope,
  setKey,
  str,
  textOf,
  truthOf,
  type Unknown,
  unknown,
  type Value,
} from './values.ts';

/** The value of an expression. What it does not know it says, with the place; it never throws but for handlers. */
export function evaluate(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  machine.step();
  // From here on, every part that the grammar wants is there.
  if (isBroken(node)) return notKnown(node, frame);
  switch (node.name) {
    case 'VariableName':
      return lookUp(machine, sourceOf(frame.file, node), node, frame);
    case 'ParenthesizedExpression':
      return evaluateAll(machine, childrenOf(node).slice(1, -1), frame);
    case 'TupleExpression':
      return evaluateItems(machine, childrenOf(node).slice(1, -1), frame, true);
    case 'ArrayExpression':
    case 'SetExpression':
      return evaluateItems(machine, childrenOf(node).slice(1, -1), frame, false);
    case 'DictionaryExpression':
      return evaluateDict(machine, node, frame);
    case 'String':
      return wrapText(readString(sourceOf(frame.file, node)), node, frame);
    case 'FormatString':
      return formatString(machine, node, frame);
    case 'ContinuedString':
      return continuedString(machine, node, frame);
    case 'Number': {
      const value = readNumber(sourceOf(frame.file, node));
      return value ?? notKnown(node, frame);
    }
    case 'Boolean':
      return bool(sourceOf(frame.file, node) === 'True');
    case 'None':
      return none();
    case 'UnaryExpression':
      return unary(machine, node, frame);
    case 'BinaryExpression':
      return binary(machine, node, frame);
    case 'ConditionalExpression':
      return conditional(machine, node, frame);
    case 'NamedExpression':
      return named(machine, node, frame);
    case 'LambdaExpression':
      return { type: 'function', name: 'lambda', node, frame };
    case 'MemberExpression':
      return member(machine, node, frame);
    case 'CallExpression':
      return callExpression(machine, node, frame);
    default:
      return notKnown(node, frame);
  }
}

/** One expression, or the tuple that commas make of several. */
export function evaluateAll(machine: Machine, nodes: readonly SyntaxNode[], frame: Frame): Value {
  return nodes.length === 1 ? machine.evaluate(nodes[0]!, frame) : evaluateItems(machine, nodes, frame, true);
}

export function notKnown(node: SyntaxNode, frame: Frame, external = false): Unknown {
  const why = `\`${describe(frame.file, node)}\` cannot be known without running it`;
  return unknown(why, locationOf(frame.file, node), external);
}

function lookUp(machine: Machine, name: string, node: SyntaxNode, frame: Frame): Value {
  let rest: Unknown | undefined;
  for (let scope: Scope | undefined = frame.scope; scope; scope = scope.parent) {
    const binding = scope.bindings.get(name);
    if (binding) return binding.value;
    rest ??= scope.rest;
  }
  return (
    machine.builtin(name) ??
    rest ??
    machine.missing('NameError', `\`${name}\` is not defined there`, locationOf(frame.file, node))
  );
}

function evaluateItems(machine: Machine, nodes: readonly SyntaxNode[], frame: Frame, tuple: boolean): List {
  const made: List = list([], tuple);
  for (const part of splitAt(nodes, ',')) {
    const [first, second] = part;
    if (first!.name === '*') spread(made, machine.evaluate(second!, frame), second!, frame);
    else made.items.push(machine.evaluate(first!, frame));
  }
  return made;
}

function spread(target: List, value: Value, node: SyntaxNode, frame: Frame): void {
  if (value.type === 'list') {
    target.items.push(...value.items);
    target.rest ??= value.rest;
  } else target.rest ??= value.type === 'unknown' ? value : notKnown(node, frame);
}

function evaluateDict(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const made: Dict = { type: 'dict', entries: new Map() };
  for (const part of splitAt(childrenOf(node).slice(1, -1), ',')) {
    const [key, second, value] = part;
    if (key!.name === '**') {
      const other = machine.evaluate(second!, frame);
      if (other.type === 'dict') {
        for (const [name, entry] of other.entries) made.entries.set(name, entry);
        made.rest ??= other.rest;
      } else made.rest ??= other.type === 'unknown' ? other : notKnown(second!, frame);
    } else {
      const at = locationOf(frame.file, key!);
      setKey(made, machine.evaluate(key!, frame), machine.evaluate(value!, frame), at);
    }
  }
  return made;
}

function wrapText(text: string | undefined, node: SyntaxNode, frame: Frame): Value {
  return text === undefined || text.length > mostText ? notKnown(node, frame) : str(text);
}

function continuedString(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const parts = childrenOf(node).map((part) => machine.evaluate(part, frame));
  return firstUnknown(parts) ?? wrapText(parts.map(textOf).join(''), node, frame);
}

function formatString(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const literal = sourceOf(frame.file, node);
  const quoted = quotedParts(literal);
  if (!quoted || quoted.prefix.includes('b')) return notKnown(node, frame);
  let text = '';
  let at = quoted.start;
  const take = (end: number) =>
    decodeEscapes(literal.slice(at, end), quoted.prefix)?.replace(/\{\{|\}\}/g, (b) => b.slice(1));
  for (const field of childrenOf(node)) {
    const [, expression, ...more] = childrenOf(field);
    const before = take(field.from - node.from);
    if (field.name !== 'FormatReplacement' || isBroken(field) || before === undefined)
      return notKnown(node, frame);
    const value = machine.evaluate(expression!, frame);
    if (value.type === 'unknown') return value;
    const shown = toText(value);
    const plain = more.every((part) => part.name === '}' || sourceOf(frame.file, part) === '!s');
    if (shown === undefined || !plain) return notKnown(node, frame);
    text += before + shown;
    at = field.to - node.from;
  }
  const end = take(quoted.end);
  return wrapText(end === undefined ? undefined : text + end, node, frame);
}

function unary(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const [operator, operand] = childrenOf(node);
  const value = machine.evaluate(operand!, frame);
  if (value.type === 'unknown') return value;
  if (operator!.name === 'not') {
    const truth = truthOf(value);
    return truth === undefined ? notKnown(node, frame) : bool(!truth);
  }
  const sign = sourceOf(frame.file, operator!);
  if (value.type !== 'number' || sign === '~') return notKnown(node, frame);
  return num(sign === '-' ? -value.value : value.value, value.float);
}

function binary(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const [left, ...rest] = childrenOf(node);
  const right = rest.pop()!;
  const operator = rest.map((part) => sourceOf(frame.file, part)).join(' ');
  const first = machine.evaluate(left!, frame);
  if (operator === 'and' || operator === 'or') {
    const truth = truthOf(first);
    if (truth === undefined) return first.type === 'unknown' ? first : notKnown(node, frame);
    return truth === (operator === 'or') ? first : machine.evaluate(right, frame);
  }
  const isComparison = /^(?:[<>]=?|[=!]=|is|is not|in|not in)$/.test(operator);
  // `a < b < c` means two comparisons, which no settings make.
  if (isComparison && left!.name === 'BinaryExpression' && left!.getChild('CompareOp'))
    return notKnown(node, frame);
  const second = machine.evaluate(right, frame);
  const result = isComparison ? compare(operator, first, second) : operate(operator, first, second);
  return result ?? notKnown(node, frame);
}

function conditional(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const [yes, , condition, , no] = childrenOf(node);
  const test = machine.evaluate(condition!, frame);
  const truth = truthOf(test);
  if (truth !== undefined) return machine.evaluate(truth ? yes! : no!, frame);
  return test.type === 'unknown' ? test : notKnown(condition!, frame);
}

function named(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const [name, , expression] = childrenOf(node);
  const value = machine.evaluate(expression!, frame);
  frame.scope.bindings.set(sourceOf(frame.file, name!), { value, at: locationOf(frame.file, node) });
  return value;
}

function member(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const [object, token, ...rest] = childrenOf(node);
  const owner = machine.evaluate(object!, frame);
  if (owner.type === 'unknown') return owner.external ? notKnown(node, frame, true) : owner;
  const at = locationOf(frame.file, node);
  if (token!.name === '.') {
    const [name] = rest;
    const value = getAttribute(machine, owner, sourceOf(frame.file, name!), at);
    return value ?? notKnown(node, frame, true);
  }
  const inside = rest.slice(0, -1);
  if (inside.some(({ name }) => name === ':'))
    return slice(machine, owner, inside, frame) ?? notKnown(node, frame);
  const key = evaluateAll(machine, inside, frame);
  if (key.type === 'unknown') return key;
  return getItem(machine, owner, key, at) ?? notKnown(node, frame);
}

function slice(
  machine: Machine,
  owner: Value,
  nodes: readonly SyntaxNode[],
  frame: Frame,
): Value | undefined {
  const bounds: (Value | undefined)[] = [undefined];
  for (const node of nodes) {
    if (node.name === ':') bounds.push(undefined);
    else bounds[bounds.length - 1] = machine.evaluate(node, frame);
  }
  return getSlice(owner, bounds);
}

function callExpression(machine: Machine, node: SyntaxNode, frame: Frame): Value {
  const [callee, argList] = childrenOf(node);
  const target = machine.evaluate(callee!, frame);
  if (isBroken(argList!)) return notKnown(node, frame);
  const args = evaluateArguments(machine, argList!, frame);
  if (target.type === 'unknown') return target.external ? notKnown(node, frame, true) : target;
  return machine.call(target, args, locationOf(frame.file, node), describe(frame.file, node), frame);
}

function evaluateArguments(machine: Machine, argList: SyntaxNode, frame: Frame): Arguments {
  const args: Arguments = { positional: [], named: new Map() };
  for (const part of splitAt(childrenOf(argList).slice(1, -1), ',')) {
    const [first, second, third] = part;
    if (part.some(({ name }) => name === 'for')) args.positional.push(notKnown(argList, frame));
    else if (first!.name === '*' || first!.name === '**') {
      spreadArguments(args, machine.evaluate(second!, frame), notKnown(second!, frame));
    } else if (second?.name === 'AssignOp' && third) {
      const [name, value] = [sourceOf(frame.file, first!), machine.evaluate(third, frame)];
      if (sourceOf(frame.file, second) === '=') args.named.set(name, value);
      else {
        // `f(y := 1)`
        frame.scope.bindings.set(name, { value, at: locationOf(frame.file, first!) });
        args.positional.push(value);
      }
    } else args.positional.push(machine.evaluate(first!, frame));
  }
  return args;
}

function spreadArguments(args: Arguments, value: Value, why: Unknown): void {
  if (value.type === 'list') {
    args.positional.push(...value.items);
    args.rest ??= value.rest;
  } else if (value.type === 'dict') {
    for (const { key, value: item } of value.entries.values()) {
      if (key.type === 'str') args.named.set(key.value, item);
    }
    args.rest ??= value.rest;
  } else args.rest ??= value.type === 'unknown' ? value : why;
}
