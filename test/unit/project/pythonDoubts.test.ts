import { describe, expect, it } from 'vitest';
import { evaluatePython } from '../../support/python.ts';

async function namesAfter(code: string): Promise<Record<string, unknown>> {
  return (await evaluatePython(code)).names;
}

describe('what is no Python', () => {
  const notUnderstood = '?the syntax is not understood there';

  it.each([
    'X =',
    'X = not',
    'X = 1 +',
    'X = (y := )',
    'X = f(,)',
    'X = f(a,,b)',
    'X = "a" if',
    'X = 1 if 2 else',
    'X = [1,,2]',
    'X = {: 1}',
    'X = a.',
    'X = a[]',
    'X = lambda:',
    'X = f"{}"',
    'X += ',
  ])('%s: X is not known, and what follows is', async (line) => {
    expect(await namesAfter(`X = 0\n${line}\nY = 1\n`)).toMatchObject({ X: notUnderstood, Y: 1 });
  });

  it.each(['X = {**}', 'X = {"a": }', 'X = a[', 'X = f"{"'])(
    '%s: X is not known, and of what follows nothing is made up',
    async (line) => {
      const { X, Y } = await namesAfter(`${line}\nY = 1\n`);
      expect(X).toBe(notUnderstood);
      expect([undefined, 1]).toContain(Y);
    },
  );

  it.each([
    'for in [1]:\n  X = 1',
    'for a in:\n  X = 1',
    'class :\n  X = 1',
    'def ():\n  X = 1',
    'import',
    'from os import',
    'while :\n  X = 1',
    'with :\n  X = 1',
    'match 1:\n  case :\n    Z = 1',
    'if :\n  X = 1',
    'if 1 +:\n  X = 1',
    'if f(:\n  X = 1',
    'try:\n  Z = 1\nexcept as:\n  X = 1',
    'del',
    '+= 1',
    'raise X from',
    'del X.a[',
  ])('%s: what stood before stands, and what follows is read', async (lines) => {
    const { X, Y } = await namesAfter(`X = 0\n${lines}\nY = 1\n`);
    expect([0, expect.stringMatching(/^\?/)]).toContainEqual(X);
    expect([undefined, 1]).toContain(Y);
  });
});

describe('what is put together from what is not known', () => {
  const library = 'from company import remote\n';
  const why = '?`remote` of company is not part of this project';

  it.each<[string, unknown]>([
    ['[*remote]', ['…']],
    ['[1, *5]', [1, '…']],
    ['{**remote, "a": 1}', { a: 1, '…': '…' }],
    ['{**5}', { '…': '…' }],
    ['not remote', why],
    ['remote and 1', why],
    ['remote or 1', why],
    ['1 and (2 if remote else 3)', why],
    ['"a" if [] == remote else "b"', expect.stringMatching(/^\?/)],
    ['f"{remote}"', why],
    ['f"{1!r}"', "?`'…'` cannot be known without running it"],
    ['f"{1:>3}"', "?`'…'` cannot be known without running it"],
    ['f"\\N{BULLET}{1}"', "?`'…'` cannot be known without running it"],
    ['rb"a"', "?`'…'` cannot be known without running it"],
    ['b"a" f"{1}"', expect.stringMatching(/^\?/)],
    ['1 < 2 < 3', '?`1 < 2 < 3` cannot be known without running it'],
    ['~1', '?`~1` cannot be known without running it'],
    ['+"a"', "?`+'…'` cannot be known without running it"],
    ['not (lambda: 1)', expect.anything()],
    ['getattr(remote, "a", 5)', why],
    ['getattr()', '?`getattr()` cannot be known without running it'],
    ['getattr(remote)', why],
    ['getattr("a", 1)', "?`getattr('…', 1)` cannot be known without running it"],
    ['sorted([1], reverse=True)', '?`sorted([1], reverse=True)` cannot be known without running it'],
    ['range("a")', "?`range('…')` cannot be known without running it"],
    ['range()', '?`range()` cannot be known without running it'],
    ['range(5, 0, -2)', [5, 3, 1]],
    ['float("")', "?`float('…')` cannot be known without running it"],
    ['float("inf")', "?`float('…')` cannot be known without running it"],
    ['bool([remote] == [1])', expect.stringMatching(/^\?/)],
    ['"a"(1)', "?`'…'(1)` cannot be known without running it"],
  ])('%s', async (expression, expected) => {
    expect((await namesAfter(`${library}X = ${expression}\n`)).X).toEqual(expected);
  });

  it('reaches the arguments of a function, by place and by name', async () => {
    const code = `${library}def f(a, /, *more, b=2, **named):
  return [a, more, b, named]
def g(a, *, b):
  return [a, b]
X = f(*remote)
Y = f(1, **remote)
Z = f(1, *[2, 3], **{"b": 4, "c": 5})
V = f(**{1: 2})
W = [g(1, b=2), g(1)]
U = f(*5, **6)
`;
    expect(await namesAfter(code)).toMatchObject({
      X: [why, ['…'], why, { '…': '…' }],
      Y: [1, ['…'], why, { '…': '…' }],
      Z: [1, [2, 3], 4, { c: 5 }],
      V: [expect.stringMatching(/^\?f\(\) is called without/), [], 2, {}],
      W: [
        [1, 2],
        [1, expect.stringMatching(/^\?g\(\) is called without/)],
      ],
      U: [expect.stringMatching(/^\?`5`/), ['…'], expect.stringMatching(/^\?`5`/), { '…': '…' }],
    });
  });

  it('reaches the names that are assigned together', async () => {
    const code = `${library}a, b = remote
c, *d = [1, 2, 3]
e, f = [1, 2, 3]
(g), [h] = 1, [2]
[] = []
() = ()
for i, j in remote: K = 1
for l in [1], [2]: M = l
`;
    const names = await namesAfter(code);
    expect(names).toMatchObject({ a: why, b: why, i: why, j: why, g: 1, h: 2 });
    for (const name of 'cdef') expect(names[name]).toMatch(/^\?/);
    expect(names.K).toMatch(/^\?it depends on|^\?`remote`/);
  });

  it('changes what it may have changed, and nothing else', async () => {
    const code = `${library}A = [1]
A += remote
B = {"a": 1}
B |= remote
C = "a"
C += remote
D = [1]
D.extend(remote)
E = {"a": 1}
E.update(remote)
F = [1, 2]
F[remote] = 3
G = {"a": 1}
G[remote] = 2
H = {"a": 1}
del H[remote]
I = (1, 2)
I.append(3)
J = [3]
J.insert("a", 1)
`;
    expect(await namesAfter(code)).toMatchObject({
      A: [1, '…'],
      B: { a: why, '…': '…' },
      C: why,
      D: [1, '…'],
      E: { a: why, '…': '…' },
      I: [1, 2],
      J: [3],
    });
  });
});

describe('exceptions', () => {
  it.each<[string, unknown]>([
    ['try:\n  raise KeyError("x")\nexcept LookupError as e:\n  X = 1', 1],
    ['try:\n  raise\nexcept:\n  X = 1', 1],
    ['try:\n  raise a.b.Odd(1)\nexcept b.Odd:\n  X = 1', 1],
    ['try:\n  X = 1\n  raise Odd\nexcept KeyError:\n  X = 2\nfinally:\n  Y = 1', 1],
    ['def f():\n  try:\n    return 1\n  finally:\n    return 2\nX = f()', 2],
    ['from contextlib import suppress\nwith suppress(KeyError):\n  raise KeyError\nX = 1', 1],
    ['from contextlib import suppress\nX = 0\nwith suppress():\n  X = 1', 1],
    ['with open("x") as f, open("y"):\n  X = 1', 1],
    ['with open("x") as X:\n  Y = 1', expect.stringMatching(/^\?`open/)],
    ['def f():\n  for a in [1, 2]:\n    if a == 2: return a\n  return 0\nX = f()', 2],
    ['def f():\n  with open("x"):\n    return 5\nX = f()', 5],
    ['class A:\n  x = 1\nX = A().x', 1],
    ['class A(B):\n  x = 1\nX = A.y', expect.stringMatching(/^\?/)],
    ['for a in [1, 2]:\n  X = a\nelse:\n  X = [X]', [2]],
    ['X = 1\nwhile unknown():\n  X = 2\nelse:\n  Y = 1', expect.stringMatching(/^\?it depends on/)],
    ['X = 1\nfor a in unknown():\n  break\nelse:\n  X = 2', expect.stringMatching(/^\?/)],
  ])('%s', async (code, expected) => {
    expect((await namesAfter(code)).X).toEqual(expected);
  });
});
