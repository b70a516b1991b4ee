import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bodiesIn, change, notes, testProject } from '../../support/project.ts';

const table = `CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)`;

const commit = '0123456789abcdef0123456789abcdef01234567';

async function djangoProject(...args: string[]) {
  const project = await testProject({ key: false });
  const write = (name: string, text = '') => writeFileSync(join(project.folder, name), text);
  write('manage.py', "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n");
  write(
    'settings.py',
    "INSTALLED_APPS = ['django.contrib.auth']\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}\n",
  );
  mkdirSync(join(project.folder, '.git'));
  write('.git/HEAD', `${commit}\n`);
  mkdirSync(join(project.folder, 'blog/migrations'), { recursive: true });
  write('blog/migrations/__init__.py');
  write('blog/migrations/0001_initial.py');
  change(project.database, `${table}; INSERT INTO django_migrations VALUES (1, 'blog', '0001_initial', '')`);
  expect((await project.cli('backup', '--no-encrypt', ...args)).exit).toBe(0);
  return { ...project, write };
}

it('says before a restore that the code has gone on, and what to run', async () => {
  const { cli, write, database } = await djangoProject();
  expect((await cli('restore', '--dry-run')).stderr).not.toContain('migrations');
  write('blog/migrations/0002_more.py');
  const dry = await cli('restore', '--dry-run', '--json');
  expect(JSON.parse(dry.stdout).warnings).toContainEqual(
    expect.objectContaining({
      code: 'migrations-behind',
      hint: 'After the restore run: python manage.py migrate blog 0002_more',
    }),
  );
  change(database, "UPDATE note SET body = 'live'");
  const { exit, stderr } = await cli('restore', '--yes');
  expect(exit).toBe(0);
  expect(stderr).toContain('blog.0002_more');
  expect(bodiesIn(database)).toEqual(notes);
});

it.each(['dump', 'snapshot'])(
  'says that the backup is of newer code, with its commit, or of another branch (%s)',
  async (format) => {
    const { cli, write, folder, database } = await djangoProject('--format', format);
    rmSync(join(folder, 'blog/migrations/0001_initial.py'));
    const { stderr } = await cli('restore', '--dry-run');
    expect(stderr).toContain('migrations that the code lacks: blog.0001_initial');
    expect(stderr).toContain('git checkout 0123456789ab');
    write('blog/migrations/0001_other.py');
    expect((await cli('restore', '--dry-run')).stderr).toContain('went different ways');

    rmSync(join(folder, 'blog'), { recursive: true });
    expect((await cli('restore', '--dry-run')).stderr, 'it may be installed').not.toContain('migrations');
    change(database, "DELETE FROM django_migrations WHERE app = 'blog'");
    expect((await cli('restore', '--dry-run')).stderr).toContain('lacks: blog.0001_initial');
  },
);
