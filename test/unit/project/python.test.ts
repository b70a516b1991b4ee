import { describe, expect, it } from 'vitest';
import { evaluatePython } from '../../support/python.ts';

/** What `X` is after these lines; the project's folder is written `~`. */
async function X(code: string, ask: Parameters<typeof evaluatePython>[1] = {}): Promise<unknown> {
  return (await evaluatePython(code, ask)).names.X;
}

describe('expressions', () => {
  it.each<[string, unknown]>([
    ['X = 1_000', 1000],
    ['X = 0x1F + 2 * 3 - 4 // 3', 36],
    ['X = -7 % 3', 2],
    ['X = "a" \'b\' """c"""', 'abc'],
    ['X = "tab\\t\\x41\\u00e9\\U0001F600\\\nend"', 'tab\tAé😀end'],
    ['X = r"C:\\new"', 'C:\\new'],
    ['X = u"x" + R"\\d"', 'x\\d'],
    ['X = f"{{a}} {1 + 1}-{\'x\'}" "!"', '{a} 2-x!'],
    ['X = "%s/%d %% %(a)s" % ("x", 3)', "?`'…' % ('…', 3)` cannot be known without running it"],
    ['X = "%s/%d %%" % ("x", 3)', 'x/3 %'],
    ['X = "%(a)s-%(b)s" % {"a": 1, "b": True}', '1-True'],
    ['X = "{}-{1}-{name}{{}}".format("a", "b", name="c")', 'a-b-c{}'],
    ['X = "-".join(["a", "b"]).upper().replace("A", "c")', 'c-B'],
    ['X = " a,b ".strip().split(",")', ['a', 'b']],
    ['X = "a/b/c".rsplit("/", 1)', "?`'…'.rsplit('…', 1)` cannot be known without running it"],
    ['X = "abcdef"[1:-1][0]', 'b'],
    ['X = [1, *[2, 3], *(4,)]', [1, 2, 3, 4]],
    ['X = {"a": 1, **{"b": 2}, "a": 3}', { a: 3, b: 2 }],
    ['X = {"a": {"b": [10, 20]}}["a"]["b"][-1]', 20],
    ['X = dict(a=1, **{"b": 2}) | {"c": 3}', { a: 1, b: 2, c: 3 }],
    ['X = "yes" if 1 < 2 else "no"', 'yes'],
    ['X = None or "" or "last"', 'last'],
    ['X = 0 and nothing_of_this_name', 0],
    ['X = not ("a" in "cat" and "b" not in ["c"])', false],
    ['X = 1 == 1.0', true],
    ['X = None is not None', false],
    ['X = (3, 12) >= (3, 8)', true],
    ['X = (y := 3) + y', 6],
    ['X = (lambda a, b=2: a + b)(1)', 3],
    ['X = [str(n) for n in range(3)]', '?`[str(n) for n in range(3)]` cannot be known without running it'],
    ['X = int("42") + len(["a"]) + bool("x") * 1', 44],
    ['X = sorted(["b"]) + list(("c",)) + list({"d": 1})', ['b', 'c', 'd']],
    ['X = any([0, 1]) and all([1, ""])', false],
    ['a, (b, c) = 1, (2, 3)\nX = [c, b, a]', [3, 2, 1]],
    ['a = X = "both"', 'both'],
    ['X: str = "typed"', 'typed'],
    ['X = 10 ** 400', '?`10 ** 400` cannot be known without running it'],
    ['X = b"bytes"', "?`'…'` cannot be known without running it"],
    ['X = nothing', '?`nothing` is not defined there'],
    ['X = "a" + 1', "?`'…' + 1` cannot be known without running it"],
  ])('%s', async (code, expected) => {
    expect(await X(code)).toEqual(expected);
  });
});

describe('paths', () => {
  const os = 'import os\nfrom os.path import abspath, dirname, join as j\n';
  const lib = 'import pathlib\nfrom pathlib import Path\n';
  it.each([
    ['X = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))', '~'],
    ['X = j(dirname(abspath(__file__)), "a", "..", "b.db")', '~/site/b.db'],
    ['X = os.path.join("/a", "/b", "c")', '/b/c'],
    ['X = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))', '~'],
    ['X = os.path.normpath("/a//b/../c/")', '/a/c'],
    ['X = os.path.splitext(os.path.basename("/x/y.tar"))[0] + os.sep', 'y/'],
    ['X = os.path.exists(__file__) and not os.path.isfile("/nowhere/at/all")', true],
    ['X = os.path.expanduser("~/db")', '/home/me/db'],
    ['X = os.getcwd()', '~'],
    ['X = Path(__file__).resolve().parent.parent / "db.sqlite3"', '~/db.sqlite3'],
    ['X = pathlib.Path(__file__).absolute().parents[1].joinpath("a", "b")', '~/a/b'],
    ['X = str("x" / Path("y"))', 'x/y'],
    ['X = (Path(__file__).parent / "db").with_suffix(".sqlite3").name', 'db.sqlite3'],
    ['X = Path.home() / "x"', '/home/me/x'],
    ['X = f"sqlite:///{Path(__file__).parent}"', 'sqlite:///~/site'],
    [
      'import environ\nROOT = environ.Path(__file__) - 2\nX = [str(ROOT.path("a")), ROOT("b")]',
      ['~/a', '~/b'],
    ],
    ['from unipath import Path\nX = Path(__file__).ancestor(2).child("a")', '~/a'],
  ])('%s', async (code, expected) => {
    expect(await X(os + lib + code, { environment: { HOME: '/home/me' } })).toEqual(expected);
  });
});

describe('statements', () => {
  it.each<[string, unknown]>([
    ['X = {}\nX["default"] = {"NAME": "a"}\nX["default"]["NAME"] += ".db"', { default: { NAME: 'a.db' } }],
    ['X = {"a": 1}\nX.update({"b": 2}, c=3)\nX.setdefault("a", 9)', { a: 1, b: 2, c: 3 }],
    ['D = {"a": {}}\nX = D["a"]\nD["a"]["b"] = 1', { b: 1 }],
    ['X = [1]\nX += (2,)\nX.append(3)\nX.extend([4])\nX.insert(0, 0)\nX.remove("no")', [0, 1, 2, 3, 4]],
    ['X = {"a": 1, "b": 2}\ndel X["a"]\nY = X.pop("b")', {}],
    ['X = 1\nif False:\n  X = 2\nelif "a":\n  X = 3\nelse:\n  X = 4', 3],
    ['X = []\nfor a, b in {"k": "v"}.items():\n  X.append(a + b)\n  continue\n  X = 0', ['kv']],
    ['for X in [1, 2, 3]:\n  if X == 2: break', 2],
    [
      'def f(a, *rest, b="x", **more):\n  """doc"""\n  return [a, rest, b, more]\nX = f(1, 2, b=3, c=4)',
      [1, [2], 3, { c: 4 }],
    ],
    ['def f(n):\n  return f(n)\nX = f(1)', '?it is nested too deeply'],
    ['N = 1\ndef f():\n  global N\n  N = 2\nf()\nX = N', 2],
    ['class A:\n  x = 1\nclass B(A):\n  y = A.x\nX = [B.x, B.y]', [1, 1]],
    ['try:\n  X = {}["no"]\nexcept KeyError:\n  X = "caught"', 'caught'],
    [
      'try:\n  X = {}["no"]\nexcept (ValueError, LookupError) as e:\n  X = "caught"\nfinally:\n  Y = 1',
      'caught',
    ],
    ['try:\n  X = 1\nexcept Exception:\n  X = 2\nelse:\n  X = 3', 3],
    ['def f():\n  raise ValueError("no")\ntry:\n  X = f()\nexcept ValueError:\n  X = "caught"', 'caught'],
    ['from contextlib import suppress\nX = 1\nwith suppress(ImportError):\n  from .nothing import X', 1],
    ['import sys\nX = "test" in sys.argv or len(sys.argv) > 1 and sys.argv[1] == "test"', false],
    ['X = 1\nmatch X:\n  case 1:\n    X = 1', 1],
    ['X = 1; Y = 2; X = Y', 2],
    ['X = 0\nwhile X:\n  X = 5', 0],
    ['from copy import deepcopy\nA = {"a": [1]}\nX = deepcopy(A)\nA["a"].append(2)', { a: [1] }],
  ])('%s', async (code, expected) => {
    expect(await X(code)).toEqual(expected);
  });
});

describe('what cannot be known', () => {
  const library = 'from company import remote\n';
  it('is named by the code that asks for it, without its texts', async () => {
    expect(await X(`${library}X = remote.get("password=hunter2").value[1:]`)).toBe(
      "?`remote.get('…').value[1:]` cannot be known without running it",
    );
    expect(await X(`${library}A = remote("a")\nX = A + "/db"`)).toBe(
      "?`remote('…')` cannot be known without running it",
    );
  });

  it('keeps what both branches agree on, and says of the rest what it depends on', async () => {
    const code = `${library}
X = {"same": 1, "other": 1, "gone": 1}
Y = "kept"
if remote.debug:
    X["other"] = 2
    del X["gone"]
    Y = "kept"
    ONLY = 1
else:
    X["new"] = 3
`;
    const { names } = await evaluatePython(code);
    const why = '?it depends on `remote.debug`, and `remote.debug` cannot be known without running it';
    expect(names).toMatchObject({
      X: { same: 1, other: why, gone: why, new: why },
      Y: 'kept',
      ONLY: why,
    });
  });

  it('takes the branch that does not raise', async () => {
    const code = `${library}\nif remote.ready:\n  X = 1\nelse:\n  raise RuntimeError("no")`;
    expect(await X(code)).toBe(1);
  });

  it('does not take a loop of unknown length for none', async () => {
    expect(await X(`${library}X = 1\nfor a in remote.items():\n  X = 2`)).toMatch(/^\?/);
    expect(await X(`${library}X = 1\nwhile remote.more():\n  X = 2`)).toMatch(/^\?/);
  });

  it('spreads through functions with an unknown condition', async () => {
    expect(await X(`${library}def f():\n  if remote.a:\n    return 1\n  return 2\nX = f()`)).toMatch(
      /^\?it depends/,
    );
    expect(await X(`${library}def f():\n  if remote.a:\n    return 1\n  else:\n    return 1\nX = f()`)).toBe(
      1,
    );
  });

  it('says where a star brings names that are not read', async () => {
    expect(await X('from company.settings import *\nX = DEBUG')).toBe(
      '?the module company.settings is not part of this project',
    );
  });

  it('marks what an unknown update may have changed', async () => {
    expect(await X(`${library}X = {"a": 1}\nX.update(remote.a)`)).toMatchObject({
      a: expect.stringMatching(/^\?/),
    });
  });

  it('does not stumble over names that objects have in JavaScript', async () => {
    const code =
      'X = {"__proto__": 1, "constructor": 2}\nY = "a".constructor\nZ = {}["toString"]\nW = valueOf';
    const { names } = await evaluatePython(code);
    expect(Object.keys(names.X as object)).toContain('constructor');
    expect(names.Y).toMatch(/^\?/);
    expect(names.Z).toMatch(/^\?/);
    expect(names.W).toMatch(/^\?/);
  });

  it('ends with code that never does', async () => {
    const { names } = await evaluatePython(
      'X = "a"\nfor a in range(1000):\n  for b in range(1000):\n    for c in range(1000):\n      X = X + X',
    ).catch((error: unknown) => ({ names: { X: String(error) } }));
    expect(names.X).toBeDefined();
    expect(await X(`X = ${'('.repeat(180)}1${')'.repeat(180)}`)).toBe('?it is nested too deeply');
    expect(await X('A = []\nA.append(A)\nX = 1 if A == A else 2\ndel A')).toBe(1);
  });
});

describe('modules of the project', () => {
  const files = {
    'site/__init__.py': '',
    'site/base.py': 'from .deep import D\nA = 1\n_HIDDEN = 2\nL = [1]\n',
    'site/deep/__init__.py': 'D = __name__\n',
    'site/listed.py': '__all__ = ["A"]\nA = 1\nB = 2\n',
    'other/conf/values.py': 'V = "v"\n',
  };
  it.each<[string, unknown]>([
    ['from .base import *\nX = [A, D, L]', [1, 'deep', [1]]],
    ['from site.base import A as X', 1],
    ['from . import base\nX = base.A', 1],
    ['import site.base\nX = site.base.A', 1],
    ['import site.base as b\nX = b.L', [1]],
    ['from other.conf import values\nX = values.V', 'v'],
    ['from .listed import *\nX = [A]\ntry:\n  X.append(B)\nexcept NameError:\n  pass', [1]],
    ['try:\n  A = open\n  X = "there"\nexcept NameError:\n  X = "missing"', 'there'],
    ['from .base import *\ntry:\n  X = _HIDDEN\nexcept NameError:\n  X = "hidden"', 'hidden'],
    ['try:\n  from .local import *\nexcept ImportError:\n  X = "no local"', 'no local'],
    ['try:\n  import site.local\nexcept ModuleNotFoundError:\n  X = "no local"', 'no local'],
    ['from split_settings.tools import include, optional\ninclude("ba*.py", optional("no.py"))\nX = A', 1],
    ['from .settings import X', '?.settings has no `X`'],
  ])('%s', async (code, expected) => {
    expect(await X(code, { files })).toEqual(expected);
  });
});
