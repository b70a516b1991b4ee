import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/project/edit/applyPlan.ts';
import { planRecipients } from '../../../src/core/project/edit/planRecipients.ts';
import { copyProject, detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

const one = ['a@x.org'];
const two = ['a@x.org', 'b@x.org'];
const database = "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/x.db'}}";
const head = `import os, environ\nfrom decouple import config\nINSTALLED_APPS = ['dbbackup']\n${database}\n`;
const inClass = (body: string) =>
  `from configurations import Configuration\nclass Dev(Configuration):\n    INSTALLED_APPS = ['dbbackup']\n    ${database}\n${body}`;

async function projectOf(settings: string, files: Record<string, string>): Promise<string> {
  const folder = await scratchFolder();
  const manage =
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nos.environ.setdefault('DJANGO_CONFIGURATION', 'Dev')\n";
  const all = { 'manage.py': manage, 'site/__init__.py': '', 'site/settings.py': settings, ...files };
  for (const [name, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The file that is edited and the lines that come, once the edit is made and gives what it was made for. */
async function edited(folder: string, recipients: string[]): Promise<string[]> {
  const plan = await planRecipients({ folder, settings: {} }, recipients, {
    environment: { PATH: process.env.PATH },
    signal: new AbortController().signal,
  });
  await applyPlan(plan);
  expect((await detect(folder)).recipients.toSorted()).toEqual(recipients);
  const old = (plan.before ?? '').split('\n');
  return [
    plan.file.slice(folder.length + 1),
    ...plan.after.split('\n').filter((line) => !old.includes(line)),
  ];
}

const env = `${head}env = environ.Env()\nenv.read_env(os.path.join(os.path.dirname(__file__), '.env'))\n`;

it.each<[string, string, Record<string, string>, string[], string[]]>([
  [
    'a class of settings',
    inClass("    DBBACKUP_GPG_RECIPIENT = 'x'\n"),
    {},
    one,
    ['site/settings.py', "    DBBACKUP_GPG_RECIPIENT = 'a@x.org'"],
  ],
  [
    'a class without it',
    inClass("    DBBACKUP_DATE_FORMAT = '%Y'\n"),
    {},
    one,
    ['site/settings.py', "    DBBACKUP_GPG_RECIPIENT = 'a@x.org'"],
  ],
  [
    'the branch that is taken',
    `${head}if os.environ.get('X'):\n    DBBACKUP_GPG_RECIPIENT = 'a'\nelse:\n    DBBACKUP_GPG_RECIPIENT = 'b'\n`,
    {},
    one,
    ['site/settings.py', "    DBBACKUP_GPG_RECIPIENT = 'a@x.org'"],
  ],
  [
    'branches that nobody can choose between',
    `${head}import foo\nif foo.bar():\n    DBBACKUP_GPG_RECIPIENT = 'a'\nelse:\n    DBBACKUP_GPG_RECIPIENT = 'b'\n`,
    {},
    one,
    ['.vscode/settings.json', '{', '    "dbbackup.recipients": [', '        "a@x.org"', '    ]', '}'],
  ],
  [
    'django-environ, to which a comment is a part of the value',
    `${env}DBBACKUP_GPG_RECIPIENT = env('KEY', default=None)\n`,
    { 'site/.env': "export KEY='x@y' # no\nA=1\n" },
    one,
    ['site/.env', "export KEY='a@x.org'"],
  ],
  [
    'python-dotenv, to which it is a comment',
    `${head}from dotenv import load_dotenv\nload_dotenv()\nDBBACKUP_GPG_RECIPIENT = os.environ['KEY']\n`,
    { '.env': 'KEY=x@y # mine\n' },
    one,
    ['.env', 'KEY=a@x.org # mine'],
  ],
  [
    'one text where two are wanted',
    `${env}DBBACKUP_GPG_RECIPIENT = env('KEY')\n`,
    { 'site/.env': 'KEY=x\n' },
    two,
    [
      '.vscode/settings.json',
      '{',
      '    "dbbackup.recipients": [',
      '        "a@x.org",',
      '        "b@x.org"',
      '    ]',
      '}',
    ],
  ],
  [
    'a list from the environment',
    `${env}DBBACKUP_GPG_RECIPIENT = env.list('KEYS')\n`,
    { 'site/.env': 'KEYS=x\n' },
    two,
    ['site/.env', 'KEYS=a@x.org,b@x.org'],
  ],
  [
    'a call of several lines',
    `${head}DBBACKUP_GPG_RECIPIENT = config(\n    'KEY',\n    default='',  # who\n)\n`,
    {},
    one,
    ['site/settings.py', "    default='a@x.org',  # who"],
  ],
  [
    'a tuple without parentheses',
    `${head}DBBACKUP_GPG_RECIPIENT = 'x', 'y'  # both\n`,
    {},
    two,
    ['site/settings.py', "DBBACKUP_GPG_RECIPIENT = ['a@x.org', 'b@x.org']  # both"],
  ],
  [
    'another name',
    `${head}KEY = 'x'\nDBBACKUP_GPG_RECIPIENT = KEY\n`,
    {},
    one,
    ['site/settings.py', "DBBACKUP_GPG_RECIPIENT = 'a@x.org'"],
  ],
  [
    'local settings that win',
    `${head}DBBACKUP_GPG_RECIPIENT = 'x'\nfrom .local import *\n`,
    { 'site/local.py': "DBBACKUP_GPG_RECIPIENT = 'y'\n" },
    one,
    ['site/local.py', "DBBACKUP_GPG_RECIPIENT = 'a@x.org'"],
  ],
])('%s', async (_name, settings, files, recipients, expected) => {
  expect(await edited(await projectOf(settings, files), recipients)).toEqual(expected);
});

it.each([
  ['cookiecutter', '.env'],
  ['djurl', 'app/local_settings.py'],
  ['doubts', '.vscode/settings.json'],
  ['lowfat', 'fellows/settings.py'],
  ['startproject', '.vscode/settings.json'],
  ['storages5', 'backend/site5/settings/__init__.py'],
])('%s reads its recipients in %s', async (name, file) => {
  expect((await edited(await copyProject(name), two))[0]).toBe(file);
});
