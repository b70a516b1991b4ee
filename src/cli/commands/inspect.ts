import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';
import { count, describeMember } from '../words.ts';

export const inspect: CliCommand = {
  define: (command) => command.description('what is inside a backup').argument('<file>'),
  async run([file], _options, { service, task }) {
    const answer = await service.inspect({ file: resolve(file ?? '') }, task);
    const { tables, members, warnings } = answer;
    const lines =
      members?.map(describeMember) ?? tables.map(({ name, rows }) => `${name}: ${count(rows, 'row')}`);
    return { json: answer, lines, warnings };
  },
};
