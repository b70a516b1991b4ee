import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

const projects = resolve(import.meta.dirname, '../../fixtures/projects');
const samples = await Promise.all(
  [
    'lowfat/fellows/settings.py',
    'cookiecutter/config/settings/base.py',
    'djurl/app/settings.py',
    'doubts/doubts/settings.py',
  ].map((name) => readFile(join(projects, name), 'utf8')),
);

/** Pieces of settings, thrown together without sense. */
const piece = fc.oneof(
  fc.constantFrom(
    'DATABASES',
    'X',
    'os',
    'environ',
    'env',
    'config',
    ' = ',
    ' += ',
    ' | ',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ', ',
    ': ',
    '.',
    '*',
    '**',
    '"a"',
    "'''",
    'f"{X}"',
    'f"{',
    '\\',
    '\n',
    '\n  ',
    '\nif X:\n  ',
    '\nelse:\n  ',
    '\ntry:\n  ',
    '\nexcept X:\n  ',
    '\nfor X in X:\n  ',
    '\nwhile X:\n  ',
    '\nfrom . import *\n',
    '\nimport os\n',
    '\nfrom .settings import *\n',
    'lambda X: ',
    'def X(X):\n  return X\n',
    'class X(X):\n  ',
    'None',
    'True',
    '1',
    '-',
    'not ',
    ' in ',
    ' if ',
    ' else ',
    'del X',
    'raise X',
    'return X',
    '\nX = X\n',
    'X.append(X)',
    'X.update(X)',
    'X(X)',
    'X[X]',
    'Path(__file__)',
    '% (1,)',
    '.format(X)',
    'dict(X=X)',
    '# ',
    '\u0000',
    '🦄',
  ),
  fc.string({ maxLength: 6 }),
);
const nonsense = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

/** Real settings with parts cut out, doubled or replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.nat(40), piece), { minLength: 1, maxLength: 6 }),
  )
  .map(([text, changes]) =>
    changes.reduce((at, [position, length, insert]) => {
      const start = position % (at.length + 1);
      return at.slice(0, start) + insert + at.slice(start + length);
    }, text),
  );

/** Each statement that Python has, and the ways in which one stands in another; parted by empty lines. */
const statements = (await readFile(resolve(import.meta.dirname, 'everyStatement.py'), 'utf8')).split('\n\n');

/** Some of them, with words, signs and spaces taken out, replaced or put in: what lines are while they are typed. */
const halfTyped = fc
  .tuple(
    fc.array(fc.constantFrom(...statements), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.option(piece, { nil: '' })), { minLength: 1, maxLength: 4 }),
  )
  .map(([parts, changes]) => {
    const tokens = parts.join('\n\n').match(/\w+|\n *| +|[^\w\s]/g) ?? [];
    for (const [position, count, insert] of changes) tokens.splice(position % tokens.length, count, insert);
    return tokens.join('');
  });

it.each([
  ['any text', fc.oneof(nonsense, mutated, fc.string({ unit: 'binary' }))],
  ['half-typed settings', halfTyped],
])('reads %s without falling over', async (_, texts) => {
  const root = await scratchFolder();
  await mkdir(join(root, 'conf'));
  await writeFile(
    join(root, 'manage.py'),
    'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "conf.settings"\n',
  );
  const environment = { X: 'x', DATABASE_URL: 'sqlite:///x.db' };
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      await writeFile(join(root, 'conf/settings.py'), text);
      const project = await detect(root, { environment }).catch((error: unknown) => error);
      // What cannot be read at all is an error for people; anything else would be a defect.
      if (project instanceof BackupError) expect(project.code).toBe('settings-unreadable');
      else expect(project).toMatchObject({ root, django: true, encrypt: true });
    }),
    { examples: [['(return X += ']] },
  );
});
