import type { SyntaxNode } from '@lezer/common';
import { compoundStatement } from './compound.ts';
import { evaluateAll, notKnown } from './expressions.ts';
import { runImport } from './imports.ts';
import { type Completion, type Machine, syntaxProblem } from './machine.ts';
import { childrenOf, describe, firstError, isBroken, locationOf, sourceOf, splitAt } from './syntax.ts';
import { assign, assignedNames, augment, bindName, remove } from './targets.ts';
import { type Frame, none, unknown, type Value } from './values.ts';

/** These say of what they assign that it is not understood. */
const sayThemselves = ['AssignStatement', 'UpdateStatement', 'ExpressionStatement', 'StatementGroup'];

/** Runs one statement. One that is not whole is passed over: that the file is not understood is known by then. */
export function runStatement(machine: Machine, node: SyntaxNode, frame: Frame): Completion | undefined {
  machine.step();
  if (!sayThemselves.includes(node.name) && isBroken(node)) return undefined;
  const children = childrenOf(node);
  switch (node.name) {
    case 'AssignStatement':
      runAssignment(machine, node, frame);
      return undefined;
    case 'UpdateStatement':
      runUpdate(machine, node, frame);
      return undefined;
    case 'ExpressionStatement':
      for (const child of children) runExpression(machine, child, frame);
      return undefined;
    case 'StatementGroup':
      return machine.run(children, frame);
    case 'ImportStatement':
      runImport(machine, node, frame);
      return undefined;
    case 'ReturnStatement':
      return {
        kind: 'return',
        value: children[1] ? evaluateAll(machine, children.slice(1), frame) : none(),
      };
    case 'RaiseStatement':
      return raised(machine, node, frame);
    case 'BreakStatement':
      return { kind: 'break' };
    case 'ContinueStatement':
      return { kind: 'continue' };
    case 'DeleteStatement':
      for (const [target] of splitAt(children.slice(1), ',')) remove(machine, target!, frame);
      return undefined;
    case 'ScopeStatement':
      for (const child of children) {
        if (child.name === 'VariableName') frame.scope.globals.add(sourceOf(frame.file, child));
      }
      return undefined;
    case 'FunctionDefinition':
      define(node, frame, (name) => ({ type: 'function', name, node, frame }));
      return undefined;
    case 'DecoratedStatement':
      define(node.lastChild!, frame, () => notKnown(node, frame));
      return undefined;
    case '⚠':
      return undefined;
    default:
      return compoundStatement(machine, node, frame);
  }
}

/** A call that is not followed, and is given a setting of ours to work on, may change it. */
function runExpression(machine: Machine, node: SyntaxNode, frame: Frame): void {
  const result = machine.evaluate(node, frame);
  const args = node.name === 'CallExpression' && result.type === 'unknown' ? node.lastChild : null;
  const given = args?.getChildren('VariableName').map((name) => sourceOf(frame.file, name)) ?? [];
  if (!given.some((name) => /^(?:DATABASES|STORAGES|DBBACKUP_\w+)$/.test(name))) return;
  const why = `what \`${describe(frame.file, node)}\` changes there is not followed`;
  machine.notes.push(unknown(why, locationOf(frame.file, node)));
}

function runAssignment(machine: Machine, node: SyntaxNode, frame: Frame): void {
  const at = locationOf(frame.file, node);
  const broken = firstError(node);
  if (broken) {
    const why = unknown(syntaxProblem, locationOf(frame.file, broken));
    for (const name of assignedNames(node, frame)) bindName(frame.scope, name, why, at);
    return;
  }
  const groups = splitAt(
    childrenOf(node).filter(({ name }) => name !== 'TypeDef'),
    'AssignOp',
  );
  const expression = groups.pop();
  // `NAME: type` alone gives no value.
  if (!expression || groups.length === 0) return;
  const value = evaluateAll(machine, expression, frame);
  for (const target of groups) assign(machine, target, value, frame, at);
}

function runUpdate(machine: Machine, node: SyntaxNode, frame: Frame): void {
  const [target, operator, ...expression] = childrenOf(node);
  const value: Value = firstError(node)
    ? unknown(syntaxProblem, locationOf(frame.file, node))
    : evaluateAll(machine, expression, frame);
  const sign = sourceOf(frame.file, operator!).slice(0, -1);
  augment(machine, target!, sign, value, frame, locationOf(frame.file, node));
}

function define(node: SyntaxNode, frame: Frame, make: (name: string) => Value): void {
  const nameNode = node.getChild('VariableName');
  if (!nameNode) return;
  const name = sourceOf(frame.file, nameNode);
  bindName(frame.scope, name, make(name), locationOf(frame.file, node));
}

function raised(machine: Machine, node: SyntaxNode, frame: Frame): Completion {
  const [, what] = childrenOf(node);
  const name = what ? exceptionName(what, frame) : 'Exception';
  const why = unknown(`\`${name}\` is raised there`, locationOf(frame.file, node));
  // What stands in the message may set or read something; it does not matter here.
  machine.step();
  return { kind: 'raise', exception: name, why };
}

function exceptionName(node: SyntaxNode, frame: Frame): string {
  const callee = node.name === 'CallExpression' ? node.firstChild! : node;
  return sourceOf(frame.file, callee).split('.').at(-1)!;
}
