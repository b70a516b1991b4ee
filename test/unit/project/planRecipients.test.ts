import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/project/edit/applyPlan.ts';
import type { EditPlan } from '../../../src/core/project/edit/plan.ts';
import { planRecipients } from '../../../src/core/project/edit/planRecipients.ts';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import { copyProject, detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

const manage =
  "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nfrom django.core.management import execute_from_command_line\n";
const head = `from decouple import config, Csv
import os
INSTALLED_APPS = ['dbbackup']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.path.join(os.path.dirname(__file__), 'db.sqlite3')}}
`;

async function djangoProject(settings: string | Buffer, files: Record<string, string> = {}): Promise<string> {
  const folder = await scratchFolder();
  const all = { 'manage.py': manage, 'site/__init__.py': '', 'site/settings.py': settings, ...files };
  for (const [name, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

interface Ask {
  environment?: NodeJS.ProcessEnv;
  settings?: ProjectSettings;
}

function plan(
  folder: string,
  recipients: string[],
  { environment = {}, settings = {} }: Ask = {},
): Promise<EditPlan> {
  return planRecipients({ folder, settings }, recipients, {
    environment: { PATH: process.env.PATH, ...environment },
    signal: new AbortController().signal,
  });
}

/** The lines that an edit takes away and brings. */
function changes({ before, after }: EditPlan): string[] {
  const [old, next] = [(before ?? '').split('\n'), after.split('\n')];
  return [
    ...old.filter((line) => !next.includes(line)).map((line) => `-${line}`),
    ...next.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

async function changesIn(
  line: string,
  recipients: string[],
  files: Record<string, string> = {},
): Promise<string[]> {
  const folder = await djangoProject(`${head}${line}\n`, files);
  const made = await plan(folder, recipients);
  await applyPlan(made);
  const after = await detect(folder);
  expect(after.recipients.toSorted()).toEqual(recipients.toSorted());
  return [made.file.slice(folder.length + 1), ...changes(made)];
}

const one = ['ops@example.org'];
const two = ['ops@example.org', 'lead@example.org'];

describe('a literal in the settings', () => {
  it.each<[string, string[], string]>([
    ["DBBACKUP_GPG_RECIPIENT = 'old@example.org'", one, "DBBACKUP_GPG_RECIPIENT = 'ops@example.org'"],
    [
      'DBBACKUP_GPG_RECIPIENT = "old@x.org"  # whose?',
      one,
      'DBBACKUP_GPG_RECIPIENT = "ops@example.org"  # whose?',
    ],
    [
      'DBBACKUP_GPG_RECIPIENT: str | None = None',
      one,
      "DBBACKUP_GPG_RECIPIENT: str | None = 'ops@example.org'",
    ],
    ["DBBACKUP_GPG_RECIPIENT = '''x'''", one, "DBBACKUP_GPG_RECIPIENT = '''ops@example.org'''"],
    ["DBBACKUP_GPG_RECIPIENT = ('old@' 'x.org')", one, "DBBACKUP_GPG_RECIPIENT = ('ops@example.org')"],
    ["A = DBBACKUP_GPG_RECIPIENT = ''", one, "A = DBBACKUP_GPG_RECIPIENT = 'ops@example.org'"],
    ["DBBACKUP_GPG_RECIPIENT = 'x'", two, "DBBACKUP_GPG_RECIPIENT = ['ops@example.org', 'lead@example.org']"],
    [
      "DBBACKUP_GPG_RECIPIENT = ['x', 'ops@example.org']",
      two,
      "DBBACKUP_GPG_RECIPIENT = ['ops@example.org', 'lead@example.org']",
    ],
    ["DBBACKUP_GPG_RECIPIENT = ('x',)", one, "DBBACKUP_GPG_RECIPIENT = ('ops@example.org',)"],
    ["DBBACKUP_GPG_RECIPIENT = ['a', 'b']", one, "DBBACKUP_GPG_RECIPIENT = ['ops@example.org']"],
    ['DBBACKUP_GPG_RECIPIENT = "o" + "ps"', one, 'DBBACKUP_GPG_RECIPIENT = "ops@example.org"'],
  ])('%s to %j', async (before, recipients, after) => {
    expect(await changesIn(before, recipients)).toEqual(['site/settings.py', `-${before}`, `+${after}`]);
  });

  it('keeps the lines and comments of a list, and takes along those of what goes', async () => {
    const list = `DBBACKUP_GPG_RECIPIENT = [
    # People
    'old@example.org',  # left in May
    'lead@example.org'  # escrow
]`;
    expect(await changesIn(list, two)).toEqual([
      'site/settings.py',
      "-    'old@example.org',  # left in May",
      "-    'lead@example.org'  # escrow",
      "+    'lead@example.org',  # escrow",
      "+    'ops@example.org',",
    ]);
    expect(await changesIn(list, one)).toEqual([
      'site/settings.py',
      "-    'old@example.org',  # left in May",
      "-    'lead@example.org'  # escrow",
      "+    'ops@example.org',",
    ]);
  });

  it('is found where it counts: in a file that is imported, in the branch that is taken, the last of several', async () => {
    const base = { 'site/base.py': `${head}DBBACKUP_GPG_RECIPIENT = 'old'\n` };
    const folder = await djangoProject('from .base import *\nDEBUG = True\n', base);
    expect((await plan(folder, one)).file).toBe(join(folder, 'site/base.py'));
    expect(
      await changesIn("DBBACKUP_GPG_RECIPIENT = 'a'\nif True:\n    DBBACKUP_GPG_RECIPIENT = 'b'", one),
    ).toEqual([
      'site/settings.py',
      "-    DBBACKUP_GPG_RECIPIENT = 'b'",
      "+    DBBACKUP_GPG_RECIPIENT = 'ops@example.org'",
    ]);
  });

  it('keeps line ends, a byte order mark, and bytes that are no UTF-8', async () => {
    for (const [prefix, comment] of [
      [Buffer.from('\ufeff'), Buffer.from('# é\r\n')],
      [Buffer.from('# -*- coding: latin-1 -*-\r\n'), Buffer.from('# \xe9\xff\r\n', 'latin1')],
    ] as const) {
      const text = (key: string) =>
        Buffer.concat([
          prefix,
          Buffer.from(`${head.replaceAll('\n', '\r\n')}DBBACKUP_GPG_RECIPIENT = '${key}'\r\n`),
          comment,
        ]);
      const folder = await djangoProject(text('old'));
      await applyPlan(await plan(folder, one));
      expect((await readFile(join(folder, 'site/settings.py'))).equals(text('ops@example.org'))).toBe(true);
    }
  });

  it('is left where its encoding has no place for the recipient, who is named in the folder\u2019s own settings', async () => {
    const text = Buffer.concat([
      Buffer.from(`${head}DBBACKUP_GPG_RECIPIENT = 'old'\n# `),
      Buffer.from([0xe9, 0xff, 0x0a]),
    ]);
    const folder = await djangoProject(text);
    const made = await plan(folder, ['łukasz@example.org']);
    expect(made).toMatchObject({ kind: 'setting', warnings: [{ code: 'not-for-manage' }] });
    expect((await readFile(join(folder, 'site/settings.py'))).equals(text)).toBe(true);
  });
});

describe('a recipient that is looked up', () => {
  const lowfat = "DBBACKUP_GPG_RECIPIENT = config('DBBACKUP_GPG_RECIPIENT', default='')";
  it.each<[string, string, string[], Record<string, string>, string[]]>([
    [
      'the default, while no file says anything',
      lowfat,
      one,
      {},
      [
        'site/settings.py',
        `-${lowfat}`,
        "+DBBACKUP_GPG_RECIPIENT = config('DBBACKUP_GPG_RECIPIENT', default='ops@example.org')",
      ],
    ],
    [
      'the file there is',
      lowfat,
      one,
      { '.env': 'DEBUG=1' },
      ['.env', '-DEBUG=1', '+DEBUG=1', '+DBBACKUP_GPG_RECIPIENT=ops@example.org', '+'].filter(
        (line) => line !== '-DEBUG=1' && line !== '+DEBUG=1',
      ),
    ],
    [
      'the line there is, with its quotes',
      lowfat,
      one,
      { '.env': 'A=1\nDBBACKUP_GPG_RECIPIENT = "x"\nB=2\n' },
      ['.env', '-DBBACKUP_GPG_RECIPIENT = "x"', '+DBBACKUP_GPG_RECIPIENT = "ops@example.org"'],
    ],
    [
      'settings.ini',
      lowfat,
      one,
      { 'settings.ini': '[other]\nx=1\n\n[settings]\ndebug = 1\n\n[z]\n' },
      ['settings.ini', '+DBBACKUP_GPG_RECIPIENT=ops@example.org'],
    ],
    [
      'a list by commas',
      "DBBACKUP_GPG_RECIPIENT = config('KEYS', cast=Csv())",
      two,
      { '.env': 'KEYS=x\n' },
      ['.env', '-KEYS=x', '+KEYS=ops@example.org,lead@example.org'],
    ],
    [
      'a list as the default',
      lowfat,
      two,
      {},
      [
        'site/settings.py',
        `-${lowfat}`,
        "+DBBACKUP_GPG_RECIPIENT = config('DBBACKUP_GPG_RECIPIENT', default=['ops@example.org', 'lead@example.org'])",
      ],
    ],
    [
      'a new .env',
      "DBBACKUP_GPG_RECIPIENT = config('KEY')",
      one,
      {},
      ['.env', '-', '+KEY=ops@example.org', '+'].filter((line) => line.length > 1),
    ],
    [
      'the default of os.environ',
      "DBBACKUP_GPG_RECIPIENT = os.environ.get('KEY', 'x')",
      one,
      {},
      [
        'site/settings.py',
        "-DBBACKUP_GPG_RECIPIENT = os.environ.get('KEY', 'x')",
        "+DBBACKUP_GPG_RECIPIENT = os.environ.get('KEY', 'ops@example.org')",
      ],
    ],
  ])('%s', async (_name, line, recipients, files, expected) => {
    const found = await changesIn(line, recipients, files);
    expect(found.filter((change) => change.length > 1)).toEqual(
      expected.filter((change) => change.length > 1),
    );
  });

  it('goes to the setting where the environment gives it, and says that manage.py will not follow', async () => {
    const folder = await djangoProject(`${head}${lowfat}\n`);
    const made = await plan(folder, one, { environment: { DBBACKUP_GPG_RECIPIENT: 'x@example.org' } });
    expect(made).toMatchObject({
      kind: 'setting',
      file: join(folder, '.vscode', 'settings.json'),
      before: null,
    });
    expect(made.warnings.map(({ message }) => message)).toEqual([
      'manage.py dbbackup keeps its own recipient: the environment variable DBBACKUP_GPG_RECIPIENT gives it.',
    ]);
  });

  it("edits lowFAT's settings in place", async () => {
    const folder = await copyProject('lowfat');
    const made = await plan(folder, one);
    expect(changes(made)).toEqual([
      `-DBBACKUP_GPG_RECIPIENT = config("DBBACKUP_GPG_RECIPIENT", default="")`,
      `+DBBACKUP_GPG_RECIPIENT = config("DBBACKUP_GPG_RECIPIENT", default="ops@example.org")`,
    ]);
  });
});

describe('a recipient that is not there', () => {
  it('goes below what is said of backups', async () => {
    const folder = await djangoProject(
      `${head}DBBACKUP_STORAGE = 'django.core.files.storage.FileSystemStorage'\nDBBACKUP_STORAGE_OPTIONS = {\n    'location': '/b',\n}  # there\nDEBUG = True`,
    );
    const made = await plan(folder, one);
    expect(made.after).toContain("}  # there\nDBBACKUP_GPG_RECIPIENT = 'ops@example.org'\nDEBUG = True");
  });

  it('goes to the end where nothing is, with the quotes and line ends of the file', async () => {
    const folder = await djangoProject(head.replaceAll("'", '"').replaceAll('\n', '\r\n').trimEnd(), {
      'requirements.txt': 'django-dbbackup==4.0.1\n',
    });
    expect((await plan(folder, one)).after).toMatch(
      /\}\}\r\n\r\nDBBACKUP_GPG_RECIPIENT = "ops@example\.org"\r\n$/,
    );
  });

  it('goes to the setting, comments kept, where django-dbbackup is not used', async () => {
    const text = '{\n  // ours\n  "editor.tabSize": 2,\n}\n';
    const plain = await djangoProject(head.replace("'dbbackup'", ''), { '.vscode/settings.json': text });
    const made = await plan(plain, two);
    expect(made.kind).toBe('setting');
    expect(made.after).toContain('// ours');
    await applyPlan(made);
    expect((await detect(plain)).recipients).toEqual(two);
  });
});

it('says where the setting of the folder would go on winning over an edited file', async () => {
  const folder = await djangoProject(`${head}DBBACKUP_GPG_RECIPIENT = 'x'\n`);
  const overruled = (recipients: string[]) => plan(folder, one, { settings: { recipients } });
  expect(await overruled(['y'])).toMatchObject({ kind: 'settings', overruled: true });
  expect(await overruled(one)).toMatchObject({ kind: 'settings', overruled: false });
});

describe('bad input', () => {
  it('changes nothing where the file has changed since', async () => {
    const folder = await djangoProject(`${head}DBBACKUP_GPG_RECIPIENT = 'x'\n`);
    const made = await plan(folder, one);
    const path = join(folder, 'site/settings.py');
    await writeFile(path, `${head}DBBACKUP_GPG_RECIPIENT = 'y'\n`);
    await expect(applyPlan(made)).rejects.toMatchObject({ code: 'changed-meanwhile' });
    expect(await readFile(path, 'utf8')).toContain("'y'");
    await expect(applyPlan({ ...made, before: null })).rejects.toMatchObject({ code: 'changed-meanwhile' });
  });

  it('is refused: no name, an empty one, one of two lines', async () => {
    const folder = await djangoProject(head);
    for (const names of [[], [''], ['a@example.org\nDEBUG = True'], [' a']]) {
      await expect(plan(folder, names)).rejects.toMatchObject({ code: 'usage' });
    }
  });

  it('plans no edit of settings that are no Python, or settings of the folder that are no JSON', async () => {
    const folder = await djangoProject(`${head}DBBACKUP_GPG_RECIPIENT = 'x' (\n`, {
      '.vscode/settings.json': '{"a": ',
    });
    await expect(plan(folder, one)).rejects.toMatchObject({ code: 'settings-unreadable' });
  });

  it('quotes what would end a string', async () => {
    const name = `O'Neil \\ "x" <o@example.org>`;
    const folder = await djangoProject(`${head}DBBACKUP_GPG_RECIPIENT = 'x'\n`);
    await applyPlan(await plan(folder, [name]));
    expect((await detect(folder)).recipients).toEqual([name]);
  });
});

it('keeps permissions and links', async () => {
  const folder = await djangoProject(head);
  const real = join(folder, 'real.py');
  const path = join(folder, 'site/local.py');
  await writeFile(real, `DBBACKUP_GPG_RECIPIENT = 'x'\n`);
  await symlink(real, path);
  await chmod(real, 0o640);
  await writeFile(join(folder, 'site/settings.py'), `${head}from .local import *\n`);
  await applyPlan(await plan(folder, one));
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  expect((await stat(real)).mode & 0o777).toBe(0o640);
  expect(await readFile(real, 'utf8')).toBe("DBBACKUP_GPG_RECIPIENT = 'ops@example.org'\n");
});
