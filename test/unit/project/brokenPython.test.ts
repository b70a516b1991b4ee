import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { detectProject } from '../../../src/core/project/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

const { signal } = new AbortController();

/** The database that is found with these settings. */
async function foundWith(settings: string): Promise<string[]> {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'site'));
  await writeFile(
    join(folder, 'manage.py'),
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
  );
  await writeFile(join(folder, 'site/settings.py'), settings);
  const project = await detectProject({ folder, settings: {} }, { environment: {}, signal });
  return project.databases.map(({ path }) => path.slice(folder.length + 1));
}

const before = `from pathlib import Path
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': Path(__file__).parent / 'db.sqlite3'}}
`;

/** What people leave behind in the middle of writing. */
const broken = [
  'if',
  'if :\n    X = 1',
  'if X\n',
  'if X:\n    Y = 1\nelif\n',
  'if X:\n    Y = 1\nelif :\n    Y = 2\nelse',
  'try:\n    X = 1\nfinally:\n    Y = \nif X == 2:\n    Z = 1\nelif \n    Z = 2\nelse:\n    Z = 3\n',
  'while',
  'while :\n    X = 1',
  'for',
  'for x in',
  'for in y:\n    X = 1',
  'for x in :\n    X = 1\nelse',
  'with',
  'with :\n    X = 1',
  'with suppress(\n    X = 1',
  'with suppress as',
  'try',
  'try:',
  'try:\n    X = 1\nexcept',
  'try:\n    X = 1\nexcept (ValueError as',
  'try:\n    X = 1\nexcept as e:\n    X = 2\nfinally',
  'match',
  'match x:',
  'match :\n    case 1:\n        X = 1',
  'match x:\n    case\n',
  'class',
  'class :\n    X = 1',
  'class A(:\n    X = 1',
  'def',
  'def f(:\n    X = 1',
  'X(*',
  'X(**',
  'X(*)',
  'X(*, **)',
  'X(a=)',
  "f'{",
  "f'{}'",
  "f'{!s}'",
];

it.each(broken)('%j is passed over, and what stands before it is read', async (lines) => {
  expect(await foundWith(`${before}${lines}`)).toEqual(['site/db.sqlite3']);
});
