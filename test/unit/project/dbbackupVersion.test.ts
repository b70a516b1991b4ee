import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dbbackupVersion } from '../../../src/core/project/dbbackupVersion.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function versionIn(files: Record<string, string>): Promise<string | undefined> {
  const folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return (await dbbackupVersion([folder]))?.value;
}

describe("a project's django-dbbackup", () => {
  it.each<[string, string, string | undefined]>([
    ['requirements.txt', 'Django==4.2\ndjango-dbbackup==4.0.1\n', '4.0'],
    ['requirements.txt', 'django-dbbackup[s3] ~= 3.3  # pinned\n', '3.3'],
    ['requirements.txt', 'django_dbbackup===5.2.0 --hash=sha256:00\n', '5.2'],
    ['requirements.txt', '# django-dbbackup==4.0.1\n', undefined],
    ['requirements.txt', 'django-dbbackup\nother==4.0\n', undefined],
    ['requirements.txt', 'django-dbbackup>=4.0\n', undefined],
    ['requirements.txt', 'django-dbbackup>=5.1\n', '5.1'],
    ['requirements.txt', 'my-django-dbbackup-fork==1.0\n', undefined],
    ['requirements/base.txt', 'django-dbbackup==4.2.1\n', '4.2'],
    ['requirements-prod.txt', 'django-dbbackup == 3.0.4\n', '3.0'],
    ['pyproject.toml', 'dependencies = [\n  "django-dbbackup==5.0.0",\n]\n', '5.0'],
    ['pyproject.toml', '[tool.poetry.dependencies]\ndjango-dbbackup = "^4.1"\n', '4.1'],
    [
      'pyproject.toml',
      '[tool.poetry.dependencies]\ndjango-dbbackup = {version = "^4.2", extras = ["x"]}\n',
      '4.2',
    ],
    ['Pipfile', '[packages]\ndjango-dbbackup = "==4.1.0"\n', '4.1'],
    ['Pipfile.lock', '{"default": {"django-dbbackup": {"hashes": ["x"], "version": "==4.0.2"}}}', '4.0'],
    ['poetry.lock', '[[package]]\nname = "django-dbbackup"\nversion = "4.2.1"\n', '4.2'],
    ['uv.lock', '[[package]]\nname = "django-dbbackup"\nversion = "5.1.2"\n', '5.1'],
    ['.venv/lib/python3.12/site-packages/django_dbbackup-5.2.0.dist-info/METADATA', '', '5.2'],
    ['venv/Lib/site-packages/django_dbbackup-4.3.0.dist-info/METADATA', '', '4.3'],
  ])('%s: %j', async (name, text, expected) => {
    expect(await versionIn({ [name]: text })).toBe(expected);
  });

  it('is rather what is installed than what is locked or asked for', async () => {
    const files = {
      'requirements.txt': 'django-dbbackup==3.3.0\n',
      'uv.lock': '[[package]]\nname = "django-dbbackup"\nversion = "4.0.0"\n',
    };
    expect(await versionIn(files)).toBe('4.0');
    const installed = { 'env/lib/python3.9/site-packages/django_dbbackup-5.0.1.dist-info/RECORD': '' };
    expect(await versionIn({ ...files, ...installed })).toBe('5.0');
  });
});
