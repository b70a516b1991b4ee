import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { CliCommand } from '../../../src/cli/command.ts';
import { commands, groups } from '../../../src/cli/commands/index.ts';
import { root } from '../../tools/paths.ts';

type Group = Record<string, CliCommand>;

const isCommand = (entry: CliCommand | Group): entry is CliCommand => typeof entry.define === 'function';

/** Each command by all its words: `keys generate`. */
const all = new Map(
  Object.entries<CliCommand | Group>(commands).flatMap(([name, entry]): [string, CliCommand][] =>
    isCommand(entry)
      ? [[name, entry]]
      : Object.entries(entry).map(([sub, command]) => [`${name} ${sub}`, command]),
  ),
);

const helpOf = (command: CliCommand) => command.define(new Command('name')).helpInformation();

/** Of every command. */
const globalFlags = ['--project', '--json', '--yes', '--trust', '--passphrase-file', '--help'];

describe('the command line', () => {
  it.each([...all])('says what `%s` does', (_name, command) => {
    expect(command.define(new Command('name')).description()).not.toBe('');
  });

  it('says what each group is for', () => {
    const names = Object.entries<CliCommand | Group>(commands).filter(([, entry]) => !isCommand(entry));
    expect(Object.keys(groups).sort()).toEqual(names.map(([name]) => name).sort());
  });
});

describe('the command lines in the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = /## In a terminal\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const lines = section.split('\n').map((line) => line.replace(/\s#.*/, '').trim());
  const typed = lines.flatMap((line) => line.split(/;\s*/)).filter(Boolean);

  it('name every command', () => {
    const isNamed = (name: string) => typed.some((line) => mentions(line, name));
    // `schedule run` is what the timer starts.
    expect([...all.keys()].filter((name) => !isNamed(name))).toEqual(['schedule run']);
  });

  it.each(typed)('can be typed: %s', (line) => {
    const names = [...all.keys()].filter((name) => mentions(line, name));
    expect(names).not.toEqual([]);
    const known = names.map((name) => helpOf(all.get(name) as CliCommand)).join('\n');
    const flags = line.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [];
    const has = (flag: string) => globalFlags.includes(flag) || new RegExp(`${flag}[,\\s]`).test(known);
    expect(flags.filter((flag) => !has(flag))).toEqual([]);
  });
});

/** Whether a line of the README, which may give ways with bars between them, types a command. */
function mentions(line: string, name: string): boolean {
  const words = line.replace(/^dbbackup (--project \S+ )?/, '');
  const [first = '', second] = name.split(' ');
  if (!words.startsWith(first)) return false;
  if (second === undefined) return words.split(' ')[0] === first;
  return words
    .slice(first.length)
    .split('|')
    .some((way) => way.trim().split(' ')[0] === second);
}
