import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { evaluatePython, type PythonAsk } from '../../support/python.ts';

const library = 'from company import remote\n';
const why = '?`remote` of company is not part of this project';
const notKnown = expect.stringMatching(/cannot be known without running it$/);

async function X(code: string, ask: PythonAsk = {}): Promise<unknown> {
  return (await evaluatePython(`${library}${code}\n`, ask)).names.X;
}

describe('modules of the project', () => {
  const files = {
    'site/__init__.py': '',
    'site/base.py': 'A = 1\n',
    'site/broken.py': 'A = 1\nB = (\n',
    'site/raises.py': 'A = 1\nraise RuntimeError("no")\n',
    'site/listed.py': 'from company import names\n__all__ = [*names]\nA = 1\n_B = 2\n',
    'site/huge.py': `A = 1\n${'#'.repeat(1 << 20)}\n`,
    'site/folder/__init__.py': '',
    'site/folder/deep.py': 'D = 4\n',
    'other/conf/values.py': 'V = "v"\n',
    'extra/added.py': 'E = 5\n',
  };
  it.each<[string, unknown]>([
    ['import other.conf.values\nX = other.conf.values.V', 'v'],
    ['import other.conf.nothing\nX = other.conf.values', '?the module has no `values`'],
    ['import other.nothing.values\nX = other.nothing', '?there is no module other.nothing'],
    ['import site.base\nsite.base.A = 6\nX = site.base.A', 6],
    ['import site.base\nX = site.base.NOTHING', '?the module has no `NOTHING`'],
    ['import site.broken as b\nX = b.NOTHING', '?the syntax is not understood there'],
    ['from .broken import NOTHING as X', '?the syntax is not understood there'],
    ['from .nothing import X', '?there is no module .nothing'],
    ['from .folder.deep import D as X', 4],
    ['from site import folder\nX = folder.deep', '?the module has no `deep`'],
    ['from ..other.conf.values import V as X', 'v'],
    ['from .listed import *\nX = A', 1],
    [
      'from .listed import *\ntry:\n  X = _B\nexcept NameError:\n  X = "hidden"',
      expect.stringMatching(/^\?`names`/),
    ],
    ['try:\n  from .raises import A as X\nexcept RuntimeError:\n  X = "caught"', 'caught'],
    ['from .raises import A as X', 1],
    ['from .huge import A as X', '?the file cannot be read'],
    ['import sys\nsys.path.insert(0, remote)\nsys.path.append("extra")\nfrom added import E as X', 5],
    ['try:\n  from .base import A, NOTHING as X\nexcept ImportError:\n  X = A', 1],
  ])('%s', async (code, expected) => {
    const asked = code.includes('sys.path') ? code.replace('"extra"', '__file__ + "/../../extra"') : code;
    expect(await X(asked, { files })).toEqual(expected);
  });
});

describe('modules of libraries', () => {
  it.each<[string, unknown]>([
    ['from os import path\nX = path.basename("/a/b")', 'b'],
    ['from os import fork as X', '?`fork` of os is not part of this project'],
    ['from os.path import *\nX = basename("/a/b")', 'b'],
    ['import posixpath\nX = posixpath.join("a", "b")', 'a/b'],
    ['import os.path as p\nX = p.basename("/a/b")', 'b'],
    ['import os.path\nX = os.path.basename("/a/b")', 'b'],
    ['from path import Path\nX = str(Path("a") / "b")', 'a/b'],
    [
      'from django.core.exceptions import ImproperlyConfigured\nX = 1\ntry:\n  raise ImproperlyConfigured("no")\nexcept ImproperlyConfigured:\n  X = 2',
      2,
    ],
    ['from django.utils.translation import gettext_lazy as _\nX = _("Backups")', 'Backups'],
    ['from company.settings import *\nX = remote', why],
    ['import socket, tempfile\nX = socket.gethostname() != "" and tempfile.gettempdir() != ""', true],
  ])('%s', async (code, expected) => {
    expect(await X(code)).toEqual(expected);
  });
});

describe('paths and their parts', () => {
  const lib = 'import os\nfrom pathlib import Path\nimport environ\n';
  it.each<[string, unknown]>([
    ['Path("/a/b.tar").with_name("c.zip")', '/a/c.zip'],
    ['Path("a").with_name()', notKnown],
    ['Path("a").with_suffix()', notKnown],
    ['Path("a").with_name(5)', notKnown],
    ['Path("a.tar").with_suffix("")', 'a'],
    ['Path("a").__str__()', 'a'],
    ['Path(5)', notKnown],
    ['Path(remote)', why],
    ['Path(".").name + Path(".").suffix', ''],
    ['Path("/a/b.tar.gz").stem', 'b.tar'],
    ['Path("/a/b.tar.gz").suffix', '.gz'],
    ['Path("/a/b").parents[1]', '/'],
    ['Path("/a/b").nothing', notKnown],
    ['Path("a\\\\b").as_posix()', 'a/b'],
    ['Path("/a").is_absolute() and not Path("a").is_absolute()', true],
    ['Path(__file__).is_file() and Path(__file__).parent.is_dir() and Path(__file__).exists()', true],
    ['Path.cwd() / "db"', '~/db'],
    ['Path("a").mkdir(parents=True)', 'a'],
    ['Path("~/db").expanduser()', '/users/me/db'],
    ['Path("~other/db").expanduser()', '~other/db'],
    ['environ.Path("/a").root', '/a'],
    ['environ.Path("/a")(5)', notKnown],
    ['environ.Path("/a")(remote)', why],
    ['environ.Path("/a")("b", "c")', '/a/b/c'],
    ['Path("/a").ancestor("b")', notKnown],
    ['os.getenv()', notKnown],
    ['os.getenv(remote)', why],
    ['os.getenv(5)', null],
    ['os.path.relpath("/a/b", "/a/c")', '../b'],
    ['os.path.relpath(os.getcwd())', '.'],
    ['os.path.relpath("db")', 'db'],
    ['os.path.join("a", "")', 'a/'],
    ['os.path.join("a/", "")', 'a/'],
    ['os.path.join("a", 5)', notKnown],
    ['os.path.split("/a/b")', ['/a', 'b']],
    ['os.path.basename("/a/")', ''],
    ['os.path.dirname("/a/")', '/a'],
    ['os.path.dirname("a")', ''],
    ['os.path.isabs("/a") and os.path.isdir("/") and not os.path.exists("/no/such")', true],
    ['os.path.realpath("/")', '/'],
    ['os.fspath(Path("a"))', 'a'],
  ])('%s', async (expression, expected) => {
    expect(await X(`${lib}X = ${expression}`, { environment: { USERPROFILE: '/users/me' } })).toEqual(
      expected,
    );
  });

  it("takes this machine's home folder where the environment has none", async () => {
    expect(await X(`${lib}X = Path.home()`)).toBe(homedir());
  });
});

describe('django-split-settings', () => {
  const head = 'from split_settings.tools import include, optional\nA = 0\n';
  const files = { 'site/base.py': 'A = 1\n', 'site/parts/one.py': 'A = 2\n' };
  it.each<[string, unknown]>([
    ['include("parts/*.py")\nX = A', 2],
    ['include(optional("nowhere/*.py"))\nX = A', 0],
    ['include("nowhere.py")\nX = B', '?the file that is included there does not exist'],
    ['try:\n  include("nowhere.py")\n  X = 1\nexcept OSError:\n  X = 2', 2],
    ['include(remote)\nX = B', why],
    ['include(5)\nX = B', '?what is included is not known'],
    ['include(optional(remote))\nX = B', why],
    ['include(optional())\nX = B', expect.stringMatching(/^\?/)],
  ])('%s', async (code, expected) => {
    expect(await X(head + code, { files })).toEqual(expected);
  });
});

describe('the environment as libraries read it', () => {
  const head = 'import os, environ\nenv = environ.Env(LIST=[str], PAIR=(str, "usual"))\n';
  const environment = { EMPTY: '', LIST: 'a,b', PAIR: '1', FLAG: 'no', REF: '$OTHER' };
  it.each<[string, unknown]>([
    ['env.bool()', notKnown],
    ['env.db()', '?the environment variable DATABASE_URL is not set'],
    ['env.int("NONE", "abc")', 'abc'],
    ['env.int("EMPTY")', notKnown],
    ['env.list("EMPTY")', []],
    ['env.bool("FLAG")', false],
    ['env("LIST")', ['a', 'b']],
    ['env("PAIR") + env("NONE", default="d")', '1d'],
    ['env("LIST", cast=[str])', ['a', 'b']],
  ])('%s', async (expression, expected) => {
    expect(await X(`${head}X = ${expression}`, { environment })).toEqual(expected);
  });

  it('makes nothing up of a variable that refers to one which is not known', async () => {
    const code = (kind: string) => `${head}os.environ["OTHER"] = remote\nX = env.${kind}("REF")`;
    for (const kind of ['bool', 'list', 'path', 'int', 'str']) {
      expect(await X(code(kind), { environment })).toBe(why);
    }
  });

  it('finds no file where there is none', async () => {
    const code = 'from dotenv import find_dotenv, dotenv_values, load_dotenv\n';
    expect(await X(`${code}X = [find_dotenv(), dotenv_values(), load_dotenv()]`)).toEqual(['', {}, false]);
  });
});
