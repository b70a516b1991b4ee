import type { CliCommand } from '../command.ts';
import { describeRestore } from './restore.ts';

export const undo: CliCommand = {
  define: (command) =>
    command.description('takes the last restore back').option('--id <id>', 'an older undo copy instead'),
  async run(_args, options, { service, task, invocation }) {
    const id = options.id as string | undefined;
    return describeRestore(await service.undo({ project: { folder: invocation.project }, id }, task), false);
  },
};
