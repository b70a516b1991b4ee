import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasProgram } from '../../support/programs.ts';
import { root } from '../../tools/paths.ts';

/** What the repository is made of. */
const ours = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'media',
  'test',
  'README.md',
  'CHANGELOG.md',
];
/** What a tool looks for there and nowhere else, or by default. */
const tools = {
  git: ['.gitignore', '.gitattributes'],
  'what runs the tests': ['.ci', 'vitest.config.mjs'],
  'the editor, for whoever works on this': ['.vscode'],
  'the editor, in an extension': ['package.nls.json', 'package.nls.de.json', 'l10n'],
  vsce: ['.vscodeignore', 'LICENSE'],
  'the bundler and the linter': ['esbuild.mjs', 'biome.json'],
};

it.skipIf(!hasProgram('git') || !existsSync(join(root, '.git')))(
  'the repository’s top level holds only what has to be there',
  () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
    const names = [...new Set(tracked.filter(Boolean).map((path) => path.split('/')[0]))];
    expect(names.sort()).toEqual([...ours, ...Object.values(tools).flat()].sort());
  },
);
