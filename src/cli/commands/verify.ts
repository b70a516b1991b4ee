import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';

const damaged = 4;

export const verify: CliCommand = {
  define: (command) =>
    command
      .description('opens a backup to its last byte and checks all that is in it: the newest, or FILE')
      .argument('[file]')
      .option('--all', 'every backup in the folder')
      .option('--drill', 'also restore into a scratch database and have SQLite check all of it'),
  async run([file], options, { service, task, invocation }) {
    const answer = await service.verify(
      {
        project: { folder: invocation.project },
        file: file === undefined ? undefined : resolve(file),
        all: options.all === true,
        drill: options.drill === true,
      },
      task,
    );
    const lines = answer.results.flatMap(({ file: name, ok, checks }) => [
      `${name}: ${ok ? 'ok' : 'DAMAGED'}`,
      ...checks.map(
        (check) => `  ${check.ok === null ? '?' : check.ok ? '+' : '-'} ${check.name}: ${check.detail}`,
      ),
    ]);
    return { json: answer, lines, exit: answer.results.every(({ ok }) => ok) ? 0 : damaged };
  },
};
