import { describe, expect, it } from 'vitest';
import { evaluatePython } from '../../support/python.ts';

const library = 'from company import remote\n';
const why = '?`remote` of company is not part of this project';
const notKnown = expect.stringMatching(/cannot be known without running it$/);

/** What an expression is, between names of a library that is not read. */
async function resultOf(expression: string, before = ''): Promise<unknown> {
  return (await evaluatePython(`${library}${before}X = ${expression}\n`)).names.X;
}

describe('texts', () => {
  it.each<[string, unknown]>([
    [String.raw`"\101\x42\103"`, 'ABC'],
    [String.raw`"\U00110000"`, notKnown],
    [String.raw`"\N{BULLET}"`, notKnown],
    [String.raw`"\q"`, '\\q'],
    ['"one\\\r\ntwo"', 'onetwo'],
    ['"""one\\\r\ntwo\\\\"""', 'onetwo\\'],
    ['"a" + \\\r\n"b"', 'ab'],
    [String.raw`f"{1}\N{BULLET}"`, notKnown],
    [String.raw`f"\N{BULLET}" "a"`, notKnown],
    [String.raw`f"{1}\U00110000"`, notKnown],
    [String.raw`f"\U00110000{1}"`, notKnown],
    ['"a\\nb".splitlines()', ['a', 'b']],
    ['b"a" b"b"', notKnown],
    ['"a-b-c".split("-", None)', notKnown],
    ['"a".startswith(5)', notKnown],
    ['", ".join(["a", 1])', notKnown],
    ['", ".join(5)', notKnown],
    ['", ".join(remote)', why],
    ['"a\\nb\\r\\nc\\n".splitlines()', ['a', 'b', 'c']],
    ['"a\\nb".splitlines(True)', notKnown],
    ['"abc".startswith(("x", "a"))', true],
    ['"abc".endswith(["x", "y"])', false],
    ['"abc".startswith()', notKnown],
    ['"abc".startswith(("x", 1))', notKnown],
    ['"a b c".split(None, 1)', notKnown],
    ['" a  b ".split(None)', ['a', 'b']],
    ['"a-b-c".split("-", 1)', ['a', 'b-c']],
    ['"a-b".split("-", "x")', notKnown],
    ['"a-b".split("")', notKnown],
    ['"__a_".strip("_")', 'a'],
    ['"  ".strip()', ''],
    ['"a".replace("a", "b", 1)', notKnown],
    ['"app.db".removesuffix(".db").removeprefix("a")', 'pp'],
    ['"app".removesuffix("").removeprefix("x")', 'app'],
    ['"app".removesuffix(1)', notKnown],
    ['"app".removeprefix(1)', notKnown],
    ['"app".find("p") + "app".find("x")', 0],
    ['"app".find(1)', notKnown],
    ['"12".isdigit() and not "1x".isdigit()', true],
    ['str(1.0) + str(None) + str(2)', '1.0None2'],
    ['str(["a"])', notKnown],
    ['"{a}".format(a=[1])', notKnown],
    ['"a}".format()', notKnown],
    ['"{}".format(*remote)', why],
  ])('%s', async (expression, expected) => {
    expect(await resultOf(expression)).toEqual(expected);
  });
});

describe('numbers and comparisons', () => {
  it.each<[string, unknown]>([
    ['5 % 0', notKnown],
    ['1e999', notKnown],
    ['2j', notKnown],
    ['{"a": 1} | 5', notKnown],
    ['{"a": 1} | {"b": 2}', { a: 1, b: 2 }],
    ['9007199254740993', notKnown],
    ['1.5e3', 1500],
    ['5 // 0', notKnown],
    ['5 / 0', notKnown],
    ['1 << 2', notKnown],
    ['7 / 2', 3.5],
    ['+5 - True', 4],
    ['"a" * 3', notKnown],
    ['1 in "a1"', notKnown],
    ['1 in 5', notKnown],
    ['"b" in {"a": 1}', false],
    ['"b" in {**remote}', notKnown],
    ['["a"] in {"a": 1}', false],
    ['"b" in ["a", *remote]', notKnown],
    ['"a" in ["a", *remote]', true],
    ['"a" in [remote]', notKnown],
    ['(3, 8) >= (3,)', true],
    ['(3,) >= (3, 8)', false],
    ['3 <= 3', true],
    ['"b" > "a"', true],
    ['"a" < "a"', false],
    ['"a" < 1', notKnown],
    ['[[1]] < [[2]]', notKnown],
    ['[*remote] < [1]', notKnown],
    ['None is False', false],
    ['"a" is "a"', notKnown],
    ['"a" is not "a"', notKnown],
    ['(1,) == [1]', false],
    ['[1] == [*remote]', notKnown],
    ['{"a": 1} == {"b": 1}', false],
    ['{"a": 1} == {"a": 1}', true],
    ['{**remote} == {"a": 1}', notKnown],
    ['{"a": 1} != {"a": 1, "b": 2}', true],
    ['(lambda: 1) == (lambda: 1)', false],
    ['[remote] == [remote]', notKnown],
  ])('%s', async (expression, expected) => {
    expect(await resultOf(expression)).toEqual(expected);
  });

  it('takes one function for itself, and lists that are nested too deeply for neither the same nor different', async () => {
    const nested = `${'['.repeat(45)}1${']'.repeat(45)}`;
    expect(await resultOf('f == g', 'def f(): return 1\ng = f\n')).toBe(true);
    expect(await resultOf('a == b', `a = ${nested}\nb = ${nested}\n`)).toEqual(notKnown);
  });
});

describe('truth of what is known in part', () => {
  it.each<[string, unknown]>([
    ['bool()', notKnown],
    ['bool([*remote])', notKnown],
    ['bool({**remote})', notKnown],
    ['bool([1, *remote])', true],
    ['not [*remote]', notKnown],
    ['[*remote] and 1', notKnown],
    ['1 if [*remote] else 2', notKnown],
    ['bool(lambda: 1)', true],
    ['bool([])', false],
    ['"a" if 0 else "b"', 'b'],
    ['sorted(x for x in [1])', notKnown],
    ['any([0, *remote])', notKnown],
    ['any([0, remote])', why],
    ['all([1, ""])', false],
    ['all([[*remote]])', notKnown],
  ])('%s', async (expression, expected) => {
    const found = await resultOf(expression);
    expect(found).toEqual(expected === why ? expect.stringMatching(/^\?/) : expected);
  });
});

describe('items and slices', () => {
  it.each<[string, unknown]>([
    ['"abc"[::2]', notKnown],
    ['"abc"[::1]', 'abc'],
    ['"abc"["a":]', notKnown],
    ['"abc"[None:2]', 'ab'],
    ['(1, 2, 3)[1:]', [2, 3]],
    ['[*remote][1:]', notKnown],
    ['5[1:]', notKnown],
    ['5[1]', notKnown],
    ['{"a": 1}[remote]', why],
    ['{"a": 1}["b"].upper()', '?there is no such key'],
    ['"abc"["a"]', notKnown],
    ['[1][3]', '?there is no such item'],
    ['[1, *remote][3]', why],
    ['[1, *remote][-1]', why],
    ['[1, *remote][0]', 1],
    ['{"a": 1}[["b"]]', '?there is no such key'],
    ['{"a": 1, **remote}["b"]', why],
    ['list({"a": 1, **remote})', notKnown],
    ['list("ab")', ['a', 'b']],
    ['set(["a"])', ['a']],
    ['set()', []],
    ['tuple(remote)', why],
    ['tuple(5)', notKnown],
    ['len({"a": 1})', 1],
    ['len(5)', notKnown],
    ['range(3)', [0, 1, 2]],
    ['range(1, 3)', [1, 2]],
    ['range(2000)', notKnown],
    ['int(2.9) + int(True)', 3],
    ['int("x")', notKnown],
    ['float("1.5") + float(2)', 3.5],
    ['sorted([2, 1]) + sorted(["b", "a"])', [1, 2, 'a', 'b']],
    ['sorted([1, "a"])', notKnown],
    ['sorted([None])', notKnown],
    ['getattr("a", "nothing", 5)', 5],
    ['getattr("a", "nothing")', notKnown],
    ['print("a")', null],
    ['abs(1)', notKnown],
  ])('%s', async (expression, expected) => {
    expect(await resultOf(expression)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['X = [1, 2]\nX[-1] = 3', [1, 3]],
    ['X = [1, 2]\nX[5] = 3', [1, 2]],
    ['X = (1, 2)\nX[0] = 3', [1, 2]],
    ['X = {}\nX[["a"]] = 1', { '…': '…' }],
    ['X = [1]\nX += [2, *remote]', [1, '…']],
    ['X = [1]\nX.extend({"a": 1, **remote})', [1, '…']],
    ['X = [1]\nX.extend(5)', [1]],
    ['X = ["a", "b"]\nX.remove("a")', ['b']],
    ['A = [1]\nX = A.copy()\nA.append(2)', [1]],
    ['X = {1}\nX.add(2)', [1, 2]],
    ['X = "a"\nX -= 1', expect.stringMatching(/^\?`X` cannot be known/)],
    ['X = {}.setdefault(remote, 1)', why],
    ['X = {}.get(remote)', why],
    ['X = {"a": 1}.get(["a"], 2)', 2],
    ['X = {"a": 1}.get("b", default=2)', 2],
    ['X = {}.setdefault("a")', null],
    ['X = {}.setdefault(["a"], 1)', 1],
    ['X = {"a": 1}\nX.update(**remote)', { a: 1, '…': '…' }],
    ['X = {"a": 1}\nX.update([("b", 2), ("c", 3)])', { a: 1, b: 2, c: 3 }],
    ['X = {"a": 1}\nX.update([("b", 2), 5])', { a: 1, b: 2, '…': '…' }],
    ['X = {"a": 1}.pop(remote)', why],
    ['X = {"a": 1}.pop("b", 2)', 2],
    ['X = {}.pop(["b"])', '?there is no such key'],
    ['X = {"a": 1}\nfor key in X.copy().keys():\n  X[key] = "b"', { a: 'b' }],
    ['X = list({"a": 1}.values())', [1]],
    ['X = str(y := "a") + y', 'aa'],
  ])('%s', async (code, expected) => {
    expect((await evaluatePython(`${library}${code}\n`)).names.X).toEqual(expected);
  });
});

describe('functions and classes', () => {
  it.each<[string, unknown]>([
    ['def f():\n  return\nX = f()', null],
    ['@remote\ndef f():\n  return 1\nX = f()', expect.stringMatching(/^\?`@remote/)],
    ['class A(remote):\n  x = 1\nX = [A.x, A.y]', [1, why]],
    ['class B:\n  y = 1\nclass A(dict, B):\n  x = 1\nX = A.y', 1],
    ['class A(dict):\n  x = 1\nX = A.y', notKnown],
    ['class A:\n  x = 1\nA.x = 2\nX = A.x', 2],
    ['X = "a"\nX.b = 1', 'a'],
    ['if remote:\n  raise KeyError\nelse:\n  X = 1', 1],
    ['X = 0\nfor a in [1, 2]:\n  if remote:\n    pass\n  else:\n    continue\n  X = 1', 0],
    ['if remote:\n  X = remote\nelse:\n  X = 1', why],
    ['if remote:\n  X = 1\nelse:\n  X = remote', why],
    ['if remote:\n  X = {}\nelse:\n  X = {**remote}', { '…': '…' }],
    [
      'def f():\n  if remote:\n    raise KeyError\n  else:\n    raise ValueError\ntry:\n  f()\nexcept KeyError:\n  X = 1',
      1,
    ],
    ['def f():\n  if remote:\n    return 1\nX = f()', expect.stringMatching(/^\?it depends on `remote`/)],
    ['class A:\n  x = 1\n  def m(self):\n    return 1\nX = A().m().x', notKnown],
    ['import os\nX = os(1)', notKnown],
    ['X = None\nX = X()', notKnown],
    ['from contextlib import suppress\nX = 1\nwith suppress(KeyError):\n  raise ValueError\n  X = 2', 1],
    ['X = 0\nfor a in [1, 2]:\n  if remote:\n    break\n  else:\n    continue\n  X = 1', 0],
    ['def f():\n  if remote:\n    return 1\n  else:\n    raise ValueError\nX = f()', 1],
    ['A = [1]\nX = A\nif remote:\n  A.append(2)', expect.stringMatching(/^\?it depends on `remote`/)],
    [
      'X = {"a": {"b": 1}}\nif remote:\n  X["a"]["c"] = 2',
      { a: { b: 1, c: expect.stringMatching(/^\?it/) } },
    ],
    ['if remote:\n  import os\n  from sys import path\nX = 1', 1],
  ])('%s', async (code, expected) => {
    expect((await evaluatePython(`${library}${code}\n`)).names.X).toEqual(expected);
  });

  it('reads on behind a decorator of nothing, and behind blocks that are nested too deeply', async () => {
    expect((await evaluatePython('X = 1\n@d\ndef ():\n  X = 2\nY = 1\n')).names).toMatchObject({ X: 1 });
    const nested = Array.from({ length: 80 }, (_, depth) => `${' '.repeat(depth)}if True:\n`).join('');
    const { names } = await evaluatePython(`X = 1\n${nested}${' '.repeat(80)}X = 2\nY = 1\n`);
    expect(names.Y).toBe(1);
  });

  it('ends where a loop inside a try never would, whatever the try catches', async () => {
    const loops =
      'try:\n  for a in range(1000):\n    for b in range(1000):\n      Y = [a, b, a, b]\nexcept Exception:\n  X = 1';
    await expect(evaluatePython(loops)).rejects.toThrow(/^$/);
  });
});
