import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import type { Project } from '../../../src/core/project/project.ts';
import { pathsOutside } from '../../../src/core/project/trust.ts';
import { codesOf, copyProject, detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function write(folder: string, files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** A Django project with these lines as its settings. */
async function django(lines: string, files: Record<string, string> = {}): Promise<string> {
  return write(await scratchFolder(), {
    'manage.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n',
    'site/settings.py': lines,
    ...files,
  });
}

const sqlite = (name: string) => `{"ENGINE": "django.db.backends.sqlite3", "NAME": ${name}}`;
const one = `DATABASES = {"default": ${sqlite('"/srv/db.sqlite3"')}}\n`;

describe('the samples', () => {
  it('startproject: the defaults of Django and of django-dbbackup', async () => {
    const root = await copyProject('startproject');
    const project = await detect(root);
    expect(project).toMatchObject({
      root,
      django: true,
      databases: [{ alias: 'default', path: join(root, 'db.sqlite3') }],
      mediaRoot: undefined,
      managePath: join(root, 'manage.py'),
      backupsFolder: join(root, 'backups'),
      recipients: [],
      encrypt: true,
      timeZone: 'UTC',
      filenameTemplate: '{databasename}-{servername}-{datetime}.{extension}',
      mediaFilenameTemplate: '{servername}-{datetime}.{extension}',
      dateFormat: '%Y-%m-%d-%H%M%S',
      format: 'dump',
      archive: 'tar',
      dbbackupVersion: undefined,
      keep: undefined,
      warnings: [],
    });
    expect(project.sources.databases).toEqual({
      kind: 'file',
      path: join(root, 'mysite/settings.py'),
      line: 16,
    });
  });

  it("lowfat: everything through config(), with a file's or the environment's values", async () => {
    const root = await copyProject('lowfat');
    expect(await detect(root)).toMatchObject({
      databases: [{ alias: 'default', path: join(root, 'db.sqlite3') }],
      mediaRoot: join(root, 'upload'),
      backupsFolder: join(root, 'backups'),
      recipients: [],
      timeZone: 'UTC',
      dbbackupVersion: '4.0',
      warnings: [],
    });
    await writeFile(join(root, '.env'), 'DBBACKUP_GPG_RECIPIENT=ops@example.org\nMEDIA_ROOT=/srv/media\n');
    const project = await detect(root, { environment: { MEDIA_ROOT: '/mnt/media' } });
    expect(project).toMatchObject({ recipients: ['ops@example.org'], mediaRoot: '/mnt/media' });
    expect(project.sources.recipients).toEqual({ kind: 'file', path: join(root, '.env'), line: 1 });
    expect(project.sources.mediaRoot).toEqual({ kind: 'environment', name: 'MEDIA_ROOT' });
  });

  it('cookiecutter: split settings, django-environ, names of its own', async () => {
    const root = await copyProject('cookiecutter');
    const project = await detect(root);
    expect(project).toMatchObject({
      databases: [
        { alias: 'default', path: join(root, 'from-dotenv.sqlite3') },
        { alias: 'stats', path: join(root, 'stats-2.sqlite3') },
      ],
      mediaRoot: join(root, 'shop/media'),
      backupsFolder: join(root, 'var/backups'),
      recipients: ['ops@example.org', '0123456789ABCDEF0123456789ABCDEF01234567'],
      timeZone: 'Europe/Paris',
      hostname: 'shop.local',
      filenameTemplate: '{databasename}_{servername}_{datetime}.{extension}',
      mediaFilenameTemplate: 'media_{servername}_{datetime}.{extension}',
      dateFormat: '%Y%m%d_%H%M%S',
      keep: 5,
      keepMedia: 2,
      dbbackupVersion: '5.1',
    });
    expect(codesOf(project)).toEqual(['relative-path']);
    expect(project.sources['databases.default']).toMatchObject({
      kind: 'file',
      path: join(root, '.env'),
      line: 3,
    });
    expect(project.sources['databases.stats']).toMatchObject({
      path: join(root, 'config/settings/local.py'),
    });
    expect(project.sources.timeZone).toMatchObject({ path: join(root, 'config/settings/base.py'), line: 15 });
  });

  it('cookiecutter: another settings module from the environment', async () => {
    const root = await copyProject('cookiecutter');
    const environment = {
      DJANGO_SETTINGS_MODULE: 'config.settings.production',
      DATABASE_URL: 'sqlite:////p.db',
    };
    expect(await detect(root, { environment })).toMatchObject({
      databases: [{ path: '/p.db' }],
      recipients: [],
    });
    const stale = await detect(root, { environment: { DJANGO_SETTINGS_MODULE: 'other_project.settings' } });
    expect(stale.recipients).not.toEqual([]);
  });

  it('storages5: manage.py a level below, STORAGES, backups inside the media root', async () => {
    const root = await copyProject('storages5');
    const project = await detect(root);
    expect(project).toMatchObject({
      root,
      databases: [{ alias: 'default', path: join(root, 'backend/data/site.db') }],
      mediaRoot: join(root, 'backend/media'),
      backupsFolder: join(root, 'backend/media/backups'),
      timeZone: 'America/Chicago',
      format: 'dump',
      dbbackupVersion: '5.0',
    });
    expect(codesOf(project)).toEqual(['other-engine', 'memory-database', 'backups-in-media']);
  });

  it('djurl: conditions, local settings, os.path, the folder of django-dbbackup 2', async () => {
    const root = await copyProject('djurl');
    expect(await detect(root)).toMatchObject({
      databases: [{ alias: 'default', path: join(root, 'dev.db') }],
      mediaRoot: join(root, 'public/media'),
      backupsFolder: join(root, 'dumps'),
      recipients: ['a@example.org', 'b@example.org'],
      timeZone: 'Europe/Berlin',
      warnings: [],
    });
    await rm(join(root, 'app/local_settings.py'));
    expect((await detect(root)).recipients).toEqual(['ops@example.org']);
  });

  it('doubts: what cannot be known is named with file and line, and no text of it', async () => {
    const root = await copyProject('doubts');
    const project = await detect(root);
    expect(project.databases.map(({ alias }) => alias)).toEqual(['default', 'relative', 'uri']);
    expect(project).toMatchObject({ mediaRoot: undefined, recipients: [], timeZone: 'UTC', keep: undefined });
    const said = project.warnings.map(({ message }) => message).join('\n');
    for (const [fact, line] of Object.entries({
      'DATABASES["second"]["NAME"]': 12,
      MEDIA_ROOT: 17,
      DBBACKUP_GPG_RECIPIENT: 26,
      DBBACKUP_FILENAME_TEMPLATE: 27,
      DBBACKUP_DATE_FORMAT: 28,
      DBBACKUP_CLEANUP_KEEP: 29,
    })) {
      expect(
        project.warnings.some(({ message }) => message.startsWith(fact) && message.includes(`:${line})`)),
      ).toBe(true);
    }
    expect(said).not.toMatch(/hunter2|recipient"\]/);
  });
});

describe('where a project begins', () => {
  it('stands anywhere in a git repository at the command line, only in its folder in the editor', async () => {
    const root = await copyProject('startproject');
    await mkdir(join(root, '.git'));
    await mkdir(join(root, 'mysite/deep'));
    expect(await detect(join(root, 'mysite/deep'))).toMatchObject({ root, django: true });
    expect(await detect(join(root, 'mysite/deep'), { settings: {} })).toMatchObject({ django: false });
  });

  it('does not go up where there is no repository', async () => {
    const root = await copyProject('startproject');
    await mkdir(join(root, 'mysite/deep'));
    expect(await detect(join(root, 'mysite/deep'))).toMatchObject({ django: false });
  });

  it('takes the folder whose settings speak of backups, as the editor does', async () => {
    const root = await copyProject('storages5');
    await write(root, {
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.vscode/settings.json': '{"dbbackup.folder": "safe"}',
    });
    const project = await detect(join(root, 'backend'));
    expect(project).toMatchObject({ root, backupsFolder: join(root, 'safe') });
  });

  it('names the other project where there are two', async () => {
    const root = await scratchFolder();
    const manage = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf")\n';
    await write(root, { 'a/manage.py': manage, 'a/conf.py': one, 'b/manage.py': manage, 'b/conf.py': one });
    const project = await detect(root);
    expect(codesOf(project)).toContain('several-projects');
    expect(project.sources.databases).toMatchObject({ path: join(root, 'a/conf.py') });
  });

  it('finds the settings module in the configuration of pytest', async () => {
    const root = await write(await scratchFolder(), {
      'setup.cfg': '[tool:pytest]\nDJANGO_SETTINGS_MODULE = conf\n',
      'conf.py': one,
    });
    expect(await detect(root)).toMatchObject({ django: true, databases: [{ path: '/srv/db.sqlite3' }] });
  });

  it('reads a configuration class', async () => {
    const lines = `from configurations import Configuration\nclass Base(Configuration):\n  ${one}class Dev(Base):\n  TIME_ZONE = "UTC"\n`;
    const root = await django(lines);
    expect(await detect(root, { environment: { DJANGO_CONFIGURATION: 'Dev' } })).toMatchObject({
      timeZone: 'UTC',
      databases: [{ path: '/srv/db.sqlite3' }],
    });
  });

  it('names manage.py and line where the settings module is not there', async () => {
    const root = await django(one);
    await rm(join(root, 'site/settings.py'));
    const failure = await detect(root).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BackupError);
    expect((failure as BackupError).code).toBe('settings-unreadable');
    expect((failure as BackupError).message).toContain(`${join(root, 'manage.py')}, line 2`);
    const named = await detect(root, { settings: { databases: [{ alias: 'a', path: 'x.db' }] } });
    expect(codesOf(named)).toContain('settings-unreadable');
    expect(named.databases).toEqual([{ alias: 'a', path: join(root, 'x.db') }]);
  });

  it('goes on without a broken example somewhere below', async () => {
    const manage = 'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "gone.settings"\n';
    const root = await write(await scratchFolder(), { 'docs/example/manage.py': manage });
    const project = await detect(root);
    expect(project.django).toBe(false);
    expect(codesOf(project)).toEqual(['settings-unreadable']);
  });

  it('names file and line where the settings are no Python and hold no database', async () => {
    const root = await django('TIME_ZONE = "UTC"\nDATABASES = {"default": {\n');
    await expect(detect(root)).rejects.toThrow(/site\/settings\.py:\d/);
    const other = await detect(await django(`${one}TIME_ZONE = "UTC"\nMEDIA_ROOT = = "x"\n`));
    expect(codesOf(other)).toContain('settings-incomplete');
    expect(other.mediaRoot).toBeUndefined();
  });
});

describe('facts of Django', () => {
  it.each<[string, string, Partial<Project>, string[]]>([
    ['a recipient with blanks', 'DBBACKUP_GPG_RECIPIENT = " a@b "', { recipients: ['a@b'] }, []],
    ['no recipient', 'DBBACKUP_GPG_RECIPIENT = None', { recipients: [] }, []],
    ['a recipient that is no text', 'DBBACKUP_GPG_RECIPIENT = [1]', { recipients: [] }, ['setting-ignored']],
    ['no zone', '', { timeZone: 'America/Chicago' }, []],
    [
      'the system zone',
      'TIME_ZONE = None',
      { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      [],
    ],
    [
      'a zone that is none',
      'TIME_ZONE = "Mars/Base"',
      { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      ['setting-ignored'],
    ],
    [
      'a host to clean',
      'DBBACKUP_HOSTNAME = "../a/my.tar.host"',
      { hostname: './_a_my-tar.host'.replace('./', '.') },
      [],
    ],
    ['no host', 'DBBACKUP_HOSTNAME = ""', { hostname: hostname() }, []],
    [
      'a template without a date',
      'DBBACKUP_FILENAME_TEMPLATE = "{databasename}.{extension}"',
      { filenameTemplate: '{databasename}-{servername}-{datetime}.{extension}' },
      ['setting-ignored'],
    ],
    [
      'a connector that copies',
      'DBBACKUP_CONNECTORS = {"default": {"CONNECTOR": "dbbackup.db.sqlite.SqliteCPConnector"}}',
      { format: 'snapshot' },
      [],
    ],
    ['storage without a location', 'INSTALLED_APPS = ["dbbackup"]', {}, ['backups-location-unset']],
    [
      'STORAGES for dbbackup 4.2',
      'STORAGES = {"dbbackup": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "/srv/b"}}}',
      { backupsFolder: '/srv/b' },
      [],
    ],
    [
      'the older name wins',
      'DBBACKUP_STORAGE_OPTIONS = {"location": "/srv/a"}\nSTORAGES = {"dbbackup": {"OPTIONS": {"location": "/srv/b"}}}',
      { backupsFolder: '/srv/a' },
      [],
    ],
    [
      'media of the default storage',
      'STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "/srv/m"}}}',
      { mediaRoot: '/srv/m' },
      [],
    ],
    ['no media', 'MEDIA_ROOT = ""', { mediaRoot: undefined }, []],
    ['media relative to manage.py', 'MEDIA_ROOT = "media"', {}, ['relative-path']],
    ['settings in other hands', 'import other\nother.configure(DATABASES)', {}, ['settings-incomplete']],
    ['all settings at once', 'import heroku\nheroku.settings(locals())', {}, ['settings-incomplete']],
  ])('%s', async (_name, lines, expected, codes) => {
    const project = await detect(await django(`${one}${lines}\n`));
    expect(project).toMatchObject(expected);
    expect(codesOf(project)).toEqual(codes);
  });

  it('wants a snapshot for django-dbbackup 5.0, whose default connector copies', async () => {
    const root = await django(one, { 'requirements.txt': 'django-dbbackup==5.0.1\n' });
    expect(await detect(root)).toMatchObject({ format: 'snapshot', dbbackupVersion: '5.0' });
  });

  it('keeps no password of a database that is not SQLite', async () => {
    const lines =
      'import dj_database_url\nDATABASES = {"default": dj_database_url.parse("postgres://u:hunter2@h/d")}\n';
    const project = await detect(await django(lines));
    expect(project.databases).toEqual([]);
    expect(codesOf(project)).toEqual(['other-engine']);
    expect(JSON.stringify(project)).not.toContain('hunter2');
  });
});

describe('a media root that takes too much along', () => {
  let root: string;
  beforeEach(async () => {
    root = await scratchFolder();
  });
  it.each(['/', '~', '.', '..', 'link'])('%s is refused', async (mediaRoot) => {
    await symlink('/', join(root, 'link'));
    const project = await detect(root, {
      settings: { mediaRoot },
      environment: { HOME: join(root, 'home/me') },
    });
    expect(project.mediaRoot).toBeUndefined();
    expect(codesOf(project)).toContain('media-root-refused');
  });

  it('one beside the project is not', async () => {
    const project = await detect(root, {
      settings: { mediaRoot: 'media' },
      environment: { HOME: join(root, 'home') },
    });
    expect(project.mediaRoot).toBe(join(root, 'media'));
  });
});

describe('paths outside the project', () => {
  it("are those of the project's files, not of the environment", async () => {
    const lines = `import os\nDATABASES = {"default": ${sqlite('"/srv/a.db"')}, "env": ${sqlite('os.environ["DB"]')}}\nMEDIA_ROOT = os.path.join(os.path.dirname(__file__), "../media")\n`;
    const root = await django(lines);
    await mkdir(join(root, 'media'));
    const project = await detect(root, { environment: { DB: '/srv/b.db' } });
    expect(pathsOutside(project)).toEqual([{ fact: 'databases', path: '/srv/a.db' }]);
  });

  it.each([
    'os.environ["HOME"]',
    'os.environ["HOME"] + "/.config/a.db"',
    'f\'{os.environ["DB"]}/../a.db\'',
    'os.path.join(os.environ["DB"], "a.db")',
    'Path(os.environ["DB"]) / "a.db"',
    'Path(os.environ["DB"]).parent',
    'os.environ["DB"].replace("b.db", "../home/a.db")',
    'os.environ["DB"][:1] + "home/a.db"',
    'os.environ.get("UNSET", "/srv/a.db")',
  ])('are those that the project makes of a variable: %s', async (name) => {
    const root = await django(
      `import os\nfrom pathlib import Path\nDATABASES = {"default": ${sqlite(name)}}\n`,
    );
    const project = await detect(root, { environment: { DB: '/srv/b.db', HOME: '/home/nobody' } });
    expect(pathsOutside(project).map(({ fact }) => fact)).toEqual(['databases']);
    expect(project.sources['databases.default']).toMatchObject({ kind: 'file', line: 3 });
  });

  it('are not those that a variable names in full, as a URL too', async () => {
    const lines = `import dj_database_url, os\nfrom pathlib import Path\nDATABASES = {"default": dj_database_url.config(), "b": ${sqlite('Path(os.environ["DB"])')}}\n`;
    const environment = { DATABASE_URL: 'sqlite:////srv/a%20b.db?timeout=5', DB: '/srv//b.db' };
    const project = await detect(await django(lines), { environment });
    expect(project.databases.map(({ path }) => path)).toEqual(['/srv/a b.db', '/srv/b.db']);
    expect(pathsOutside(project)).toEqual([]);
  });

  it('are those of a name put into what a URL says', async () => {
    const lines =
      'import dj_database_url\nDATABASES = {"default": dj_database_url.config()}\nDATABASES["default"]["NAME"] = "/srv/other.db"\n';
    const environment = { DATABASE_URL: 'sqlite:////srv/a.db' };
    const project = await detect(await django(lines), { environment });
    expect(pathsOutside(project)).toEqual([{ fact: 'databases', path: '/srv/other.db' }]);
  });

  it('are found behind a link to what does not exist yet, and behind one to itself', async () => {
    const root = await django(`DATABASES = {"default": ${sqlite('"a.db"')}}\n`);
    await symlink(join(await scratchFolder(), 'later', 'a.db'), join(root, 'a.db'));
    await symlink('round', join(root, 'round'));
    const project = await detect(root, { settings: { folder: 'round' } });
    expect(pathsOutside(project)).toEqual([{ fact: 'databases', path: join(root, 'a.db') }]);
  });

  it('are found behind links too', async () => {
    const root = await django(`${one}MEDIA_ROOT = "/nowhere"\n`);
    const elsewhere = await scratchFolder();
    await symlink(elsewhere, join(root, 'media'));
    const project = await detect(root, {
      settings: { mediaRoot: 'media', databases: [{ alias: 'a', path: 'a.db' }] },
    });
    expect(pathsOutside(project)).toEqual([{ fact: 'mediaRoot', path: join(root, 'media') }]);
  });
});

describe('a folder without Django', () => {
  const image = `SQLite format 3\0${'\0'.repeat(600)}`;
  it('has the SQLite files that its first bytes tell, and none of what others brought', async () => {
    const root = await write(await scratchFolder(), {
      'data.db': image,
      'sub/data.txt': image,
      'sub/data.db-wal': image,
      'notes.sqlite3': 'only a name',
      'node_modules/x/a.db': image,
      'venv/a.db': image,
      '.hidden/a.db': image,
      'saved/a.db': image,
      'a/b/c/d/deep.db': image,
    });
    const project = await detect(root, { settings: { folder: 'saved' } });
    expect(project).toMatchObject({
      django: false,
      databases: [
        { alias: 'data', path: join(root, 'data.db') },
        { alias: 'data2', path: join(root, 'sub/data.txt') },
      ],
      mediaRoot: undefined,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      warnings: [],
    });
    expect(project.sources.databases).toEqual({ kind: 'found', path: root });
  });
});
