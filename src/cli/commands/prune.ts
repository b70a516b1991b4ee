import type { CliCommand } from '../command.ts';
import { count, formatBytes } from '../words.ts';

export const prune: CliCommand = {
  define: (command) =>
    command
      .description('removes the backups that the retention setting lets go of')
      .option('--dry-run', 'only say what would go, and why')
      .option('--remote <name>', 'of a remote instead: of what was copied there from here'),
  async run(_args, options, { service, task, invocation }) {
    const dryRun = options.dryRun === true;
    const answer = await service.prune(
      {
        project: { folder: invocation.project },
        dryRun,
        ...(typeof options.remote === 'string' ? { remote: options.remote } : {}),
      },
      task,
    );
    const verb = dryRun ? 'would go' : 'removed';
    const lines = answer.removed.map(({ file, why }) => `${file}  ${verb}: ${why}`);
    if (!answer.hasPolicy) lines.push('Nothing says what to keep: set dbbackup.retention.');
    if (answer.overCap > 0)
      lines.push(`What is never removed is ${formatBytes(answer.overCap)} over maxTotal.`);
    return { json: answer, lines: [...lines, `${count(answer.kept.length, 'backup')} kept.`] };
  },
};
