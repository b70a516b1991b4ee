import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';
import { describeChanges } from '../words.ts';

export const compare: CliCommand = {
  define: (command) =>
    command
      .description('what a restore of FILE would change in the live database, row by row')
      .argument('<file>')
      .option('-d, --database <alias>', 'this database'),
  async run([file], options, { service, task, invocation }) {
    const project = { folder: invocation.project };
    const database = options.database as string | undefined;
    const answer = await service.compare({ project, file: resolve(file ?? ''), database }, task);
    const schema = answer.sameSchema ? [] : ['  the schemas differ'];
    return { json: answer, lines: [...describeChanges(answer.tables), ...schema], warnings: answer.warnings };
  },
};
