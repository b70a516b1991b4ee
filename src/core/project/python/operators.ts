import { isAbsolute, join } from 'node:path';
import { sameValue } from './branches.ts';
import { mostText, percentFormat } from './text.ts';
import {
  bool,
  type Dict,
  firstUnknown,
  keyOf,
  type List,
  list,
  type Num,
  num,
  pathValue,
  str,
  textOf,
  type Value,
  withOrigin,
} from './values.ts';

/** Joins paths as Python does: an absolute one starts anew. */
export function joinPaths(...parts: string[]): string {
  return parts.reduce((path, part) => (isAbsolute(part) ? part : part === '' ? path : join(path, part)));
}

/** A binary operation; undefined where it is none of those read here, or does not fit its operands. */
export function operate(operator: string, left: Value, right: Value): Value | undefined {
  const unknown = firstUnknown([left, right]);
  if (unknown) return unknown;
  const result = arithmetic(operator, left, right);
  return result && withOrigin(result, left, right);
}

function arithmetic(operator: string, left: Value, right: Value): Value | undefined {
  switch (operator) {
    case '+':
      return add(left, right);
    case '/':
      return divide(left, right);
    case '%':
      if (left.type === 'str') return percentFormat(left.value, right);
      return numeric(left, right, (a, b) => (b === 0 ? Number.NaN : a - b * Math.floor(a / b)));
    case '-':
      // `environ.Path(__file__) - 3`
      if (left.type === 'path' && right.type === 'number')
        return pathValue(parentOf(left.value, right.value));
      return numeric(left, right, (a, b) => a - b);
    case '*':
      return numeric(left, right, (a, b) => a * b);
    case '//':
      return numeric(left, right, (a, b) => (b === 0 ? Number.NaN : Math.floor(a / b)));
    case '**':
      return numeric(left, right, (a, b) => a ** b);
    case '|':
      return left.type === 'dict' && right.type === 'dict' ? united(left, right) : undefined;
    default:
      return undefined;
  }
}

function parentOf(path: string, levels: number): string {
  return joinPaths(path, ...Array.from({ length: Math.min(100, Math.max(0, levels)) }, () => '..'));
}

function numeric(left: Value, right: Value, work: (a: number, b: number) => number): Num | undefined {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (!a || !b) return undefined;
  const result = work(a.value, b.value);
  const float = a.float || b.float || !Number.isInteger(result);
  // Python's whole numbers are as long as it takes.
  return Number.isFinite(result) && (float || Number.isSafeInteger(result)) ? num(result, float) : undefined;
}

function numberOf(value: Value): Num | undefined {
  if (value.type === 'bool') return num(Number(value.value));
  return value.type === 'number' ? value : undefined;
}

function add(left: Value, right: Value): Value | undefined {
  if (left.type === 'str' && right.type === 'str') {
    return left.value.length + right.value.length > mostText ? undefined : str(left.value + right.value);
  }
  if (left.type === 'list' && right.type === 'list' && left.items.length + right.items.length <= mostText) {
    const joined: List = list([...left.items, ...right.items], left.tuple);
    return { ...joined, rest: left.rest ?? right.rest };
  }
  return numeric(left, right, (a, b) => a + b);
}

function divide(left: Value, right: Value): Value | undefined {
  const [folder, name] = [textOf(left), textOf(right)];
  if (folder !== undefined && name !== undefined && (left.type === 'path' || right.type === 'path')) {
    return pathValue(joinPaths(folder, name));
  }
  const quotient = numeric(left, right, (a, b) => (b === 0 ? Number.NaN : a / b));
  return quotient && num(quotient.value, true);
}

function united(left: Dict, right: Dict): Dict {
  return { ...left, entries: new Map([...left.entries, ...right.entries]), rest: left.rest ?? right.rest };
}

/** A comparison, `not in` and `is not` among them; undefined where the answer is unknown. */
export function compare(operator: string, left: Value, right: Value): Value | undefined {
  const unknown = firstUnknown([left, right]);
  if (unknown) return unknown;
  const answer = compared(operator, left, right);
  return answer === undefined ? undefined : bool(answer);
}

function compared(operator: string, left: Value, right: Value): boolean | undefined {
  switch (operator) {
    case '==':
      return sameValue(left, right);
    case '!=':
      return not(sameValue(left, right));
    case 'is':
      return isSame(left, right);
    case 'is not':
      return not(isSame(left, right));
    case 'in':
      return contains(right, left);
    case 'not in':
      return not(contains(right, left));
    default:
      return ordered(operator, left, right);
  }
}

function not(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}

/** There is one `None`, one `True` and one `False`; which equal texts or numbers are one object is Python's secret. */
function isSame(left: Value, right: Value): boolean | undefined {
  if (left.type !== right.type) return false;
  return left.type === 'none' || left.type === 'bool' ? sameValue(left, right) : undefined;
}

function contains(whole: Value, part: Value): boolean | undefined {
  if (whole.type === 'str') return part.type === 'str' ? whole.value.includes(part.value) : undefined;
  if (whole.type === 'dict') {
    const key = keyOf(part);
    return key !== undefined && whole.entries.has(key) ? true : whole.rest ? undefined : false;
  }
  if (whole.type !== 'list') return undefined;
  const answers = whole.items.map((item) => sameValue(item, part));
  if (answers.includes(true)) return true;
  return whole.rest || answers.includes(undefined) ? undefined : false;
}

function ordered(operator: string, left: Value, right: Value): boolean | undefined {
  const order = orderOf(left, right);
  if (order === undefined) return undefined;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Negative, zero or positive, for numbers, texts and lists of them (`sys.version_info >= (3, 8)`). */
export function orderOf(left: Value, right: Value): number | undefined {
  if (left.type === 'number' && right.type === 'number') return left.value - right.value;
  if (left.type === 'str' && right.type === 'str') {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  if (left.type !== 'list' || right.type !== 'list' || left.rest || right.rest) return undefined;
  for (const [at, item] of left.items.entries()) {
    const other = right.items[at];
    if (!other) return 1;
    // Lists within lists are not settings; what lies deeper stays unknown.
    const order = item.type === 'list' ? undefined : orderOf(item, other);
    if (order !== 0) return order;
  }
  return left.items.length - right.items.length;
}
