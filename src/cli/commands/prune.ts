import type { CliCommand } from '../command.ts';
import { count } from '../words.ts';

export const prune: CliCommand = {
  define: (command) =>
    command
      .description('removes the backups that the retention setting lets go of')
      .option('--dry-run', 'only say what would go, and why'),
  async run(_args, options, { service, task, invocation }) {
    const dryRun = options.dryRun === true;
    const answer = await service.prune({ project: { folder: invocation.project }, dryRun }, task);
    const verb = dryRun ? 'would go' : 'removed';
    const lines = answer.removed.map(({ file, why }) => `${file}  ${verb}: ${why}`);
    return { json: answer, lines: [...lines, `${count(answer.kept.length, 'backup')} kept.`] };
  },
};
