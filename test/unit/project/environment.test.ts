import { describe, expect, it } from 'vitest';
import { readDatabaseUrl } from '../../../src/core/project/databaseUrl.ts';
import { readDotenv, readSettingsIni } from '../../../src/core/project/dotenv.ts';
import { evaluatePython } from '../../support/python.ts';

const environment = {
  SET: 'from outside',
  FLAG: 'on',
  NUMBER: '7',
  LIST: 'a, b,,c',
  URL: 'sqlite:////abs/x.db',
};

async function X(code: string, files: Record<string, string> = {}): Promise<unknown> {
  return (await evaluatePython(code, { environment, files })).names.X;
}

describe('os.environ', () => {
  it.each<[string, unknown]>([
    ['X = os.environ["SET"]', 'from outside'],
    ['X = os.environ.get("SET", "default")', 'from outside'],
    ['X = os.environ.get("UNSET", "default")', 'default'],
    ['X = os.environ.get("UNSET")', null],
    ['X = os.getenv("UNSET", "default")', 'default'],
    ['X = os.getenv("NUMBER", default="1")', '7'],
    ['X = "SET" in os.environ and "UNSET" not in os.environ', true],
    ['X = os.environ["UNSET"] + "/x"', '?the environment variable UNSET is not set'],
    ['os.environ.setdefault("UNSET", "now")\nX = os.environ["UNSET"]', 'now'],
    [
      'def env(name, default=None):\n  try:\n    return os.environ[name]\n  except KeyError:\n    return default\nX = [env("SET"), env("UNSET", 1)]',
      ['from outside', 1],
    ],
    ['X = int(os.environ.get("NUMBER", 1)) + 1', 8],
  ])('%s', async (code, expected) => {
    expect(await X(`import os\n${code}`)).toEqual(expected);
  });
});

describe('python-decouple', () => {
  const head =
    'from decouple import config, Csv, Config, RepositoryEnv, AutoConfig\nimport dj_database_url\nfrom company import remote\n';
  const files = {
    'site/.env': '# a comment\nDOTENV = "quoted"\nSET=never seen\nexport X=1\nBOOL=off\nHASH=a#b # c\n',
    'elsewhere/settings.ini': '[settings]\nInI=100%%\nREF=%(ini)s/x\n[other]\nINI=no\n',
  };
  it.each<[string, unknown]>([
    ['X = config("SET")', 'from outside'],
    ['X = config("DOTENV")', 'quoted'],
    ['X = config("HASH")', 'a#b # c'],
    ['X = config("BOOL", cast=bool)', false],
    ['X = config("FLAG", default=False, cast=bool)', true],
    ['X = config("UNSET", default=True, cast=bool)', true],
    ['X = config("NUMBER", cast=int)', 7],
    ['X = config("LIST", cast=Csv())', ['a', 'b', '', 'c']],
    ['X = config("UNSET", default="")', ''],
    ['X = config("UNSET")', '?UNSET is set neither in the environment nor in .env or settings.ini'],
    ['X = config("URL", cast=dj_database_url.parse)["NAME"]', '/abs/x.db'],
    ['X = config("UNSET", default="1-2", cast=lambda v: v.split("-"))', ['1', '2']],
    ['X = AutoConfig(search_path="elsewhere")("INI")', '100%'],
    [
      'X = AutoConfig(search_path="elsewhere")("REF") + "/y"',
      '?the value of REF refers to %(ini)s, which is not followed',
    ],
    ['X = Config(RepositoryEnv("site/.env")).get("DOTENV")', 'quoted'],
    ['try:\n  X = config("UNSET")\nexcept Exception:\n  X = "caught"', 'caught'],
    ['X = config(option="SET")', 'from outside'],
    ['X = config("UNSET", "usual")', 'usual'],
    ['X = config("NUMBER", 1, int)', 7],
    ['X = config("UNSET", default=0, cast=bool)', false],
    ['X = config("SET", cast=bool)', "?`config('…', cast=bool)` cannot be known without running it"],
    ['X = config(5)', '?`config(5)` cannot be known without running it'],
    ['X = config(remote)', '?`remote` of company is not part of this project'],
    ['X = config(remote.name, cast=bool)', '?`remote.name` cannot be known without running it'],
    ['X = config("UNSET", default=remote, cast=int)', '?`remote` of company is not part of this project'],
    ['X = config("LIST", cast=Csv(post_process=tuple))', ['a', 'b', '', 'c']],
    ['X = config("UNSET", default="1;2", cast=Csv(int, delimiter=";"))', [1, 2]],
    ['X = config("UNSET", default="\'a\', \\"b\\"", cast=Csv(cast=str))', ['a', 'b']],
    ['X = config("UNSET", default="", cast=Csv())', []],
    ['X = config("UNSET", default=None, cast=Csv())', null],
    ['X = Csv()(remote)', '?`remote` of company is not part of this project'],
    ['from decouple import Choices\nX = config("SET", cast=Choices(["from outside"]))', 'from outside'],
    ['X = Config(RepositoryEnv(remote))("A")', expect.stringMatching(/^\?`Config/)],
    ['X = Config(RepositoryEnv("gone.env"))("SET")', 'from outside'],
    ['X = Config(RepositoryEnv("gone.env"))("DOTENV", default=1)', 1],
    [
      'from decouple import RepositoryIni, RepositoryEmpty\nX = Config(RepositoryIni("elsewhere/settings.ini"))("ini")',
      '100%',
    ],
    ['from decouple import RepositoryEmpty\nX = Config(RepositoryEmpty())("DOTENV", 2)', 2],
    ['X = Config()("DOTENV", 3)', 3],
    ['X = AutoConfig()("DOTENV")', 'quoted'],
    ['from decouple import RepositoryIni\nX = Config(RepositoryIni("gone.ini"))("INI", default=4)', 4],
  ])('%s', async (code, expected) => {
    expect(await X(head + code, files)).toEqual(expected);
  });
});

describe('django-environ', () => {
  const head =
    'import environ\nfrom company import remote\nenv = environ.Env(FLAG=(bool, False), NUMBER=int, UNSET=(str, "scheme"))\n';
  const files = {
    'site/.env': 'export DOTENV=\'single\'\nDOUBLE="a\\"b"\nSET=never seen\nPROXY=$SET\n',
    'conf/.env': 'OTHER=1\nSET=won\n',
  };
  it.each<[string, unknown]>([
    ['X = env("FLAG")', true],
    ['X = env("NUMBER")', 7],
    ['X = env.bool("NUMBER")', true],
    ['X = env("UNSET")', 'scheme'],
    ['X = env("NONE", default=False)', false],
    ['X = env("FLAG", default=False)', true],
    [
      'X = [env.str("SET"), env.int("NUMBER"), env.bool("NONE", True), env.list("LIST")]',
      ['from outside', 7, true, ['a', ' b', 'c']],
    ],
    ['X = env.db("URL")["NAME"]', '/abs/x.db'],
    ['X = env.db(default="sqlite:///rel.db")', { ENGINE: 'django.db.backends.sqlite3', NAME: 'rel.db' }],
    ['X = env.db()', '?the environment variable DATABASE_URL is not set'],
    ['X = str(env.path("SET") / "x")', 'from outside/x'],
    [
      'environ.Env.read_env()\nX = [env("DOTENV"), env("DOUBLE"), env("SET"), env("PROXY")]',
      ['single', 'a"b', 'from outside', 'from outside'],
    ],
    ['env.read_env("conf/.env", overwrite=True)\nX = env("SET")', 'won'],
    [
      'from environs import Env\nenv = Env()\nenv.read_env()\nX = [env.str("DOTENV"), env.str("NONE", "d")]',
      ['single', 'd'],
    ],
    ['from dotenv import load_dotenv\nload_dotenv()\nimport os\nX = os.environ["DOTENV"]', 'single'],
    ['X = env.int("SET")', "?`env.int('…')` cannot be known without running it"],
    [
      'X = [env("NUMBER", int), env("FLAG", bool), env("SET", str), env("NONE", str, "d")]',
      [7, true, 'from outside', 'd'],
    ],
    ['X = [env("LIST", list), env("LIST", tuple), env("LIST", [str])]', Array(3).fill(['a', ' b', 'c'])],
    [
      'X = [env("LIST", default=[]), env("NUMBER", default=1), env("SET", default="x")]',
      [['a', ' b', 'c'], 7, 'from outside'],
    ],
    ['X = env("NUMBER", float) + env.float("NUMBER")', 14],
    ['X = env("NUMBER", cast=lambda text: text + "!")', '7!'],
    ['X = env("SET", remote)', 'from outside'],
    ['X = env("SET", cast=remote)', '?`remote` of company is not part of this project'],
    ['X = env(remote)', '?`remote` of company is not part of this project'],
    ['X = env(var="SET")', 'from outside'],
    ['X = env.str(name="SET")', 'from outside'],
    ['X = env.get_value("SET")', 'from outside'],
    ['X = str(env.path("NONE", "usual"))', 'usual'],
    ['X = env.read_env(remote)', '?`remote` of company is not part of this project'],
    ['env.read_env("conf/.env", overwrite=False)\nX = [env("SET"), env("OTHER")]', ['from outside', '1']],
    ['env.read_env(env_file="conf/.env")\nX = env("OTHER")', '1'],
    ['env.read_env("nowhere/.env")\nX = env("OTHER", default="none")', 'none'],
    [
      'import os\nos.environ["A"] = "$SET"\nX = [env("A"), env.list("A")]',
      ['from outside', ['from outside']],
    ],
    ['import os\nos.environ["A"] = "$NOWHERE"\nX = [env("A", default="d"), env.int("A", 5)]', ['d', 5]],
    ['import os\nos.environ["A"] = "$NOWHERE"\nX = env("A")', '?the environment variable NOWHERE is not set'],
    ['import os\nos.environ["A"] = "$A"\nos.environ["B"] = "$"\nX = env("A") + env("B")', '$A$'],
    [
      'import os\nos.environ.update(remote)\nX = env("NEW")',
      '?`remote` of company is not part of this project',
    ],
    ['from environs import env as other\nX = [other("SET"), other.int("NONE", 3)]', ['from outside', 3]],
    [
      'from environs import Env\nX = Env().read_env(remote)',
      '?`remote` of company is not part of this project',
    ],
    ['from environs import Env\nE = Env()\nE.read_env(path="conf/.env")\nX = E("OTHER")', '1'],
    ['from dotenv import load_dotenv\nX = [load_dotenv("conf/.env"), load_dotenv("nowhere")]', [true, false]],
    [
      'from dotenv import load_dotenv\nload_dotenv(dotenv_path="conf/.env", override=True)\nX = env("SET")',
      'won',
    ],
    [
      'from dotenv import load_dotenv\nload_dotenv("conf/.env", override=False)\nX = env("SET")',
      'from outside',
    ],
    [
      'from dotenv import find_dotenv, dotenv_values\nX = [find_dotenv(), dotenv_values("conf/.env"), dotenv_values()["DOTENV"]]',
      ['~/site/.env', { OTHER: '1', SET: 'won' }, 'single'],
    ],
  ])('%s', async (code, expected) => {
    expect(await X(head + code, files)).toEqual(expected);
  });
});

describe('dj-database-url', () => {
  it.each<[string, unknown]>([
    ['X = dj_database_url.config(default="sqlite:///a.db")["NAME"]', 'a.db'],
    ['X = dj_database_url.config("URL")["NAME"]', '/abs/x.db'],
    ['X = dj_database_url.config()', {}],
    ['X = dj_database_url.parse(url="sqlite:///a.db")["NAME"]', 'a.db'],
    ['X = dj_database_url.parse()', '?`dj_database_url.parse()` cannot be known without running it'],
    ['X = dj_database_url.parse(5)', '?`dj_database_url.parse(5)` cannot be known without running it'],
    ['X = dj_database_url.parse("")', "?`dj_database_url.parse('…')` cannot be known without running it"],
    ['X = dj_database_url.parse("postgres://u:secret@h/db")["ENGINE"]', 'django.db.backends.postgresql'],
  ])('%s', async (code, expected) => {
    expect(await X(`import dj_database_url\n${code}`)).toEqual(expected);
  });

  it.each([
    ['sqlite:///db.sqlite3', 'db.sqlite3'],
    ['sqlite:////srv/a%20b.db', '/srv/a b.db'],
    ['sqlite:///C:/data/x.db', 'C:/data/x.db'],
    ['sqlite:////srv/x.db?timeout=5', '/srv/x.db'],
    ['sqlite://:memory:', ':memory:'],
    ['sqlite://', ':memory:'],
    ['spatialite:///geo.db', 'geo.db'],
    ['postgres://u:secret@h:5432/name', ''],
  ])('%s', (url, name) => {
    expect(readDatabaseUrl(url)?.name).toBe(name);
  });

  it('reads what is no URL as none, and what cannot be decoded as it stands', () => {
    expect(readDatabaseUrl('/srv/db.sqlite3')).toBeUndefined();
    expect(readDatabaseUrl('sqlite:/db.sqlite3')?.name).toBe('db.sqlite3');
    expect(readDatabaseUrl('sqlite:///%E0%A4%A.db')?.name).toBe('%E0%A4%A.db');
    expect(readDatabaseUrl('cockroach://h/db')).toEqual({ engine: 'cockroach', name: '' });
  });

  it('keeps no user or password', () => {
    expect(JSON.stringify(readDatabaseUrl('mysql://user:secret@host/db'))).not.toMatch(/secret|user/);
  });
});

describe('files of settings', () => {
  it('tells lines, and takes the last of two', () => {
    const entries = readDotenv('A=1\r\n\r\nB=2\nA=3', 'dotenv');
    expect(entries.get('A')).toEqual({ value: '3', line: 4 });
    expect(entries.get('B')).toEqual({ value: '2', line: 3 });
  });

  it('lets comments follow a value only where the library does', () => {
    expect(readDotenv('A=x # y\nB="p # q" # r', 'dotenv').get('A')?.value).toBe('x');
    expect(readDotenv('A=x # y\nB="p # q" # r', 'dotenv').get('B')?.value).toBe('p # q');
    expect(readDotenv('A=x # y', 'decouple').get('A')?.value).toBe('x # y');
  });

  it('reads the settings section of an INI file only', () => {
    expect([...readSettingsIni('A=0\n[settings]\n; no\nB: 2\n[x]\nC=3').keys()]).toEqual(['b']);
  });
});
