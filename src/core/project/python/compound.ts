import type { SyntaxNode } from '@lezer/common';
import { notKnown } from './expressions.ts';
import type { Completion, Machine } from './machine.ts';
import { itemsOf } from './subscripts.ts';
import { childrenOf, describe, locationOf, sourceOf } from './syntax.ts';
import { assign, bindName } from './targets.ts';
import { type Frame, type Location, newScope, truthOf, type Unknown, unknown, type Value } from './values.ts';

/** Runs a statement that holds others. One that is not followed makes unknown what it assigns. */
export function compoundStatement(machine: Machine, node: SyntaxNode, frame: Frame): Completion | undefined {
  switch (node.name) {
    case 'IfStatement':
      return runIf(machine, childrenOf(node), frame);
    case 'TryStatement':
      return runTry(machine, childrenOf(node), frame);
    case 'WithStatement':
      return runWith(machine, node, frame);
    case 'ForStatement':
      return runFor(machine, node, frame);
    case 'WhileStatement':
      return runWhile(machine, node, frame);
    case 'MatchStatement':
      return runMatch(machine, node, frame);
    case 'ClassDefinition':
      runClass(machine, node, frame);
      return undefined;
    default:
      return undefined;
  }
}

function runBody(machine: Machine, body: SyntaxNode | undefined, frame: Frame): Completion | undefined {
  return body && machine.run(childrenOf(body).slice(1), frame);
}

/** `parts`: `if` or `elif`, condition, body, then the rest. */
function runIf(machine: Machine, parts: readonly SyntaxNode[], frame: Frame): Completion | undefined {
  const [keyword, condition, body] = parts;
  // After an error in the body before it, the parser may leave an `elif` alone without a trace of error beside it.
  if (!keyword || !condition) return undefined;
  if (keyword.name === 'else') return runBody(machine, condition, frame);
  const test = machine.evaluate(condition, frame);
  const truth = truthOf(test);
  const otherwise = (at: Frame) => runIf(machine, parts.slice(3), at);
  if (truth === true) return runBody(machine, body, frame);
  if (truth === false) return otherwise(frame);
  return machine.either(
    frame,
    depends(condition, frame, test),
    (at) => runBody(machine, body, at),
    otherwise,
  );
}

function depends(condition: SyntaxNode, frame: Frame, test?: Value): Unknown {
  const cause = test?.type === 'unknown' ? `, and ${test.why}` : '';
  const why = `it depends on \`${describe(frame.file, condition)}\`${cause}`;
  return unknown(why, locationOf(frame.file, condition));
}

interface Handler {
  /** Empty for all. */
  exceptions: string[];
  name: string | undefined;
  body: SyntaxNode;
}

function runTry(machine: Machine, parts: readonly SyntaxNode[], frame: Frame): Completion | undefined {
  const handlers = handlersOf(parts, frame);
  const names = handlers.flatMap(({ exceptions }) => (exceptions.length ? exceptions : ['Exception']));
  const after = (keyword: string) => parts[parts.findIndex(({ name }) => name === keyword) + 1];
  let completion = machine.catching(names, () => runBody(machine, parts[1], frame));
  if (completion?.kind === 'raise') {
    const { exception, why } = completion;
    const handler = handlers.find(({ exceptions }) => isCaught(exception, exceptions));
    if (handler) {
      if (handler.name) bindName(frame.scope, handler.name, why, why.at);
      completion = runBody(machine, handler.body, frame);
    }
  } else if (!completion && parts.some(({ name }) => name === 'else')) {
    completion = runBody(machine, after('else'), frame);
  }
  if (!parts.some(({ name }) => name === 'finally')) return completion;
  return runBody(machine, after('finally'), frame) ?? completion;
}

function handlersOf(parts: readonly SyntaxNode[], frame: Frame): Handler[] {
  return parts.flatMap((part, index) => {
    if (part.name !== 'except') return [];
    const end = parts.findIndex((other, at) => at > index && other.name === 'Body');
    const body = parts[end]!;
    const head = parts.slice(index + 1, end);
    const as = head.findIndex(({ name }) => name === 'as');
    const types = as >= 0 ? head.slice(0, as) : head;
    const text = types.map((type) => sourceOf(frame.file, type)).join('');
    const exceptions = text
      .split(/[(),\s]+/)
      .map((name) => name.split('.').at(-1)!)
      .filter(Boolean);
    const name = as >= 0 ? sourceOf(frame.file, head[as + 1]!) : undefined;
    return [{ exceptions, name, body }];
  });
}

const parentsOf: Record<string, string[]> = {
  ModuleNotFoundError: ['ImportError'],
  KeyError: ['LookupError'],
  IndexError: ['LookupError'],
  FileNotFoundError: ['OSError', 'IOError', 'EnvironmentError'],
};

/** Whether an `except` with these names (none: all) takes an exception. */
export function isCaught(exception: string, names: readonly string[]): boolean {
  return (
    names.length === 0 ||
    names.some(
      (name) =>
        ['Exception', 'BaseException', exception].includes(name) || parentsOf[exception]?.includes(name),
    )
  );
}

function runWith(machine: Machine, node: SyntaxNode, frame: Frame): Completion | undefined {
  const parts = childrenOf(node);
  const body = node.getChild('Body')!;
  const suppressed: string[] = [];
  for (const [index, part] of parts.entries()) {
    const target = parts[index + 1]?.name === 'as' ? parts[index + 2] : undefined;
    if (target) assign(machine, [target], notKnown(part, frame), frame, locationOf(frame.file, part));
    if (part.name === 'CallExpression' && /\bsuppress$/.test(sourceOf(frame.file, part.firstChild!))) {
      const names = sourceOf(frame.file, part.lastChild!).match(/\w+/g) ?? [];
      suppressed.push(...names);
    }
  }
  if (suppressed.length === 0) return runBody(machine, body, frame);
  const completion = machine.catching(suppressed, () => runBody(machine, body, frame));
  return completion?.kind === 'raise' && isCaught(completion.exception, suppressed) ? undefined : completion;
}

function runFor(machine: Machine, node: SyntaxNode, frame: Frame): Completion | undefined {
  const parts = childrenOf(node);
  const start = parts.findIndex(({ name }) => name === 'for') + 1;
  const split = parts.findIndex(({ name }) => name === 'in');
  const end = parts.findIndex(({ name }) => name === 'Body');
  const source = parts[split + 1]!;
  const at = locationOf(frame.file, node);
  const targets = parts.slice(start, split);
  const several = machine.evaluate(source, frame);
  const items = end === split + 2 ? itemsOf(several) : undefined;
  if (!items) {
    const why = several.type === 'unknown' ? several : notKnown(source, frame);
    assign(machine, targets, why, frame, at);
    return once(machine, parts[end], frame, why) ?? once(machine, elseOf(parts), frame, why);
  }
  for (const item of [...items]) {
    assign(machine, targets, item, frame, at);
    const completion = runBody(machine, parts[end], frame);
    if (completion?.kind === 'break') return undefined;
    if (completion && completion.kind !== 'continue') return completion;
  }
  return runBody(machine, elseOf(parts), frame);
}

/** What runs where a loop came to its end without `break`. */
function elseOf(parts: readonly SyntaxNode[]): SyntaxNode | undefined {
  const at = parts.findIndex(({ name }) => name === 'else');
  return at < 0 ? undefined : parts[at + 1];
}

/** Code that may run or not, or several times: what it assigns is unknown unless it was the same before. */
function once(
  machine: Machine,
  body: SyntaxNode | undefined,
  frame: Frame,
  why: Unknown,
): Completion | undefined {
  const completion = machine.either(
    frame,
    why,
    (at) => runBody(machine, body, at),
    () => undefined,
  );
  return completion?.kind === 'break' || completion?.kind === 'continue' ? undefined : completion;
}

function runWhile(machine: Machine, node: SyntaxNode, frame: Frame): Completion | undefined {
  const parts = childrenOf(node);
  const [, condition, body] = parts;
  if (truthOf(machine.evaluate(condition!, frame)) === false) return runBody(machine, elseOf(parts), frame);
  const why = depends(condition!, frame);
  return once(machine, body, frame, why) ?? once(machine, elseOf(parts), frame, why);
}

function runMatch(machine: Machine, node: SyntaxNode, frame: Frame): Completion | undefined {
  const subject = childrenOf(node)[1];
  const clauses = node.getChild('MatchBody')!.getChildren('MatchClause');
  const why = depends(subject!, frame);
  for (const body of clauses.flatMap((clause) => clause.getChildren('Body'))) once(machine, body, frame, why);
  return undefined;
}

function runClass(machine: Machine, node: SyntaxNode, frame: Frame): void {
  const nameNode = node.getChild('VariableName')!;
  const body = node.getChild('Body')!;
  const scope = newScope(frame.scope);
  const bases = (node.getChild('ArgList') ? childrenOf(node.getChild('ArgList') as SyntaxNode) : [])
    .filter(({ name }) => name === 'VariableName' || name === 'MemberExpression')
    .map((base) => machine.evaluate(base, frame));
  runBody(machine, body, { file: frame.file, scope });
  const name = sourceOf(frame.file, nameNode);
  const at: Location = locationOf(frame.file, node);
  bindName(frame.scope, name, { type: 'class', name, scope, bases }, at);
}
