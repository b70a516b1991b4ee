import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Project } from '../../../src/core/project/project.ts';
import { codesOf, detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function write(files: Record<string, string>): Promise<string> {
  const folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const manage = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n';

/** A Django project with these lines as its settings. */
const django = (lines: string, files: Record<string, string> = {}) =>
  write({ 'manage.py': manage, 'site/settings.py': `from company import remote\n${lines}\n`, ...files });

const sqlite = (name: string) => `{"ENGINE": "django.db.backends.sqlite3", "NAME": ${name}}`;
const one = `DATABASES = {"default": ${sqlite('"/srv/db.sqlite3"')}}\n`;

describe('DATABASES', () => {
  it.each<[string, string, string[], string[]]>([
    ['no dict', 'DATABASES = ["a"]', [], ['setting-ignored']],
    ['not known', 'DATABASES = remote.databases', [], ['setting-unknown']],
    [
      'known in part',
      `DATABASES = {**remote.more, "a": ${sqlite('"/a.db"')}}`,
      ['/a.db'],
      ['setting-unknown'],
    ],
    [
      'an alias that is no text',
      `DATABASES = {1: ${sqlite('"/a.db"')}, "b": ${sqlite('"/b.db"')}}`,
      ['/b.db'],
      [],
    ],
    ['one that is no dict', `DATABASES = {"a": "sqlite:///a.db"}`, [], ['setting-ignored']],
    ['one that is not known', `DATABASES = {"a": remote.one}`, [], ['setting-unknown']],
    [
      'an engine that is not known',
      `DATABASES = {"a": {"ENGINE": remote.engine, "NAME": "/a.db"}}`,
      [],
      ['setting-unknown'],
    ],
    ['no engine', `DATABASES = {"a": {"NAME": "/a.db"}}`, [], ['other-engine']],
    ['no name', `DATABASES = {"a": {"ENGINE": "django.db.backends.sqlite3"}}`, [], ['setting-ignored']],
    ['a name that is None', `DATABASES = {"a": ${sqlite('None')}}`, [], ['setting-ignored']],
    ['a name that is no path', `DATABASES = {"a": ${sqlite('5')}}`, [], ['setting-ignored']],
    ['a name that is not known', `DATABASES = {"a": ${sqlite('remote.name')}}`, [], ['setting-unknown']],
    [
      'a name that comes from what is not known',
      `DATABASES = {"a": {"ENGINE": "django.db.backends.sqlite3", **remote.rest}}`,
      [],
      ['setting-unknown'],
    ],
    ['in memory', `DATABASES = {"a": ${sqlite('":memory:"')}}`, [], ['memory-database']],
    ['without a name', `DATABASES = {"a": ${sqlite('""')}}`, [], ['memory-database']],
    [
      'a URI in memory',
      `DATABASES = {"a": ${sqlite('"file:x?cache=shared&mode=memory"')}}`,
      [],
      ['memory-database'],
    ],
    ['a URI of nothing', `DATABASES = {"a": ${sqlite('"file:"')}}`, [], ['memory-database']],
    ['a URI of :memory:', `DATABASES = {"a": ${sqlite('"file::memory:"')}}`, [], ['memory-database']],
    [
      'a URI',
      `DATABASES = {"a": ${sqlite('"file://localhost/srv/a%20b.db?mode=rw#x"')}}`,
      ['/srv/a b.db'],
      [],
    ],
    ['a URI with a bad escape', `DATABASES = {"a": ${sqlite('"file:/srv/a%zz.db"')}}`, ['/srv/a%zz.db'], []],
  ])('%s', async (_name, lines, paths, codes) => {
    const project = await detect(await django(lines));
    expect(project.databases.map(({ path }) => path)).toEqual(paths);
    expect(codesOf(project)).toEqual(codes);
    for (const { message } of project.warnings) expect(message).toMatch(/site\/settings\.py:\d+/);
  });
});

describe('a setting of another type', () => {
  it.each<[string, string, Partial<Project>, string[]]>([
    ['a template', 'DBBACKUP_FILENAME_TEMPLATE = 5', {}, ['setting-ignored']],
    ['a time zone', 'TIME_ZONE = ["UTC"]', { timeZone: 'UTC' }, ['setting-ignored']],
    ['a count', 'DBBACKUP_CLEANUP_KEEP = -1', { keep: undefined }, ['setting-ignored']],
    ['a count with a fraction', 'DBBACKUP_CLEANUP_KEEP = 1.5', { keep: undefined }, ['setting-ignored']],
    ['a media root', 'MEDIA_ROOT = 5', { mediaRoot: undefined }, ['setting-ignored']],
    ['recipients', 'DBBACKUP_GPG_RECIPIENT = {"a": 1}', { recipients: [] }, ['setting-ignored']],
    [
      'a recipient that is not known',
      'DBBACKUP_GPG_RECIPIENT = ["a@b", remote.r]',
      { recipients: [] },
      ['setting-unknown'],
    ],
    [
      'recipients known in part',
      'DBBACKUP_GPG_RECIPIENT = ["a@b", *remote.r]',
      { recipients: [] },
      ['setting-unknown'],
    ],
    ['the options of a storage', 'DBBACKUP_STORAGE_OPTIONS = ["x"]', {}, []],
    [
      'a location that is not known',
      'DBBACKUP_STORAGE_OPTIONS = {"location": remote.x}',
      {},
      ['setting-unknown'],
    ],
    [
      'a storage elsewhere',
      'DBBACKUP_STORAGE = "storages.backends.s3boto3.S3Boto3Storage"\nDBBACKUP_STORAGE_OPTIONS = {"location": "/srv/a"}',
      {},
      ['backups-elsewhere'],
    ],
    [
      'a storage elsewhere, among all of them',
      'STORAGES = {"dbbackup": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"location": "/srv/a"}}}',
      {},
      ['backups-elsewhere'],
    ],
    [
      'uploads elsewhere',
      'DEFAULT_FILE_STORAGE = "storages.backends.s3.S3Storage"\nMEDIA_ROOT = "/srv/m"',
      { mediaRoot: '/srv/m' },
      ['media-elsewhere'],
    ],
    [
      'options that are not known in part',
      'STORAGES = {"dbbackup": {"BACKEND": "django.core.files.storage.FileSystemStorage", **remote.more}}',
      {},
      ['setting-unknown', 'backups-not-found'],
    ],
    ['apps that are not known', 'INSTALLED_APPS = [remote.app, "dbbackup"]', {}, ['backups-not-found']],
  ])('%s', async (_name, lines, expected, codes) => {
    const project = await detect(await django(`${one}${lines}`));
    expect(project).toMatchObject(expected);
    if (!codes.includes('backups-not-found')) expect(codesOf(project)).toEqual(codes);
  });
});

describe('the format that the project’s own connector restores', () => {
  const connector = (name: string) =>
    `DBBACKUP_CONNECTORS = {"default": {"CONNECTOR": "dbbackup.db.sqlite.${name}"}}`;

  it.each([
    [connector('SqliteCPConnector'), 'snapshot'],
    [connector('SqliteBackupConnector'), 'snapshot'],
    [connector('SqliteConnector'), 'dump'],
    ['DBBACKUP_CONNECTORS = {"default": {"CONNECTOR": "dbbackup.db.postgresql.PgDumpConnector"}}', 'dump'],
    ['DBBACKUP_CONNECTORS = {1: 2, "default": {"CONNECTOR": 5}, "other": {}}', 'dump'],
    ['DBBACKUP_CONNECTORS = "none"', 'dump'],
  ])('%s', async (lines, format) => {
    expect((await detect(await django(`${one}${lines}`))).format).toBe(format);
  });

  it('or what the user says', async () => {
    const root = await django(`${one}${connector('SqliteCPConnector')}`);
    expect((await detect(root, { settings: { format: 'dump' } })).format).toBe('dump');
  });
});

describe('a settings module', () => {
  it('that the environment names and that is not there is told with the variable', async () => {
    const root = await write({ 'manage.py': 'print("no word of settings")\n' });
    const environment = { DJANGO_SETTINGS_MODULE: 'gone.settings' };
    await expect(detect(root, { environment })).rejects.toMatchObject({
      code: 'settings-unreadable',
      message:
        'the environment variable DJANGO_SETTINGS_MODULE: there is no settings module gone.settings, which is named there.',
    });
    await expect(detect(root)).rejects.toMatchObject({
      code: 'settings-unreadable',
      message: `${join(root, 'manage.py')}: no settings module is named there.`,
    });
  });

  it('left over from another project does not count where manage.py has its own', async () => {
    const root = await django(one);
    const environment = { DJANGO_SETTINGS_MODULE: 'gone.settings' };
    expect((await detect(root, { environment })).databases).toEqual([
      { alias: 'default', path: '/srv/db.sqlite3' },
    ]);
  });

  it('with more code than anybody writes is given up, and that is said', async () => {
    const endless = `X = 0\n${'for a in range(1000):\n'}  for b in range(1000):\n    for c in range(1000):\n      X = X + 1\n`;
    const root = await django(`${endless}${one}`);
    const project = await detect(root, { settings: { databases: [{ alias: 'a', path: 'x.db' }] } });
    expect(project.databases).toEqual([{ alias: 'a', path: join(root, 'x.db') }]);
    expect(project.warnings.map(({ message }) => message).join('\n')).toMatch(/too much code to follow/);
  });
});
