import { Argument } from 'commander';
import type { ScheduledBackup } from '../../core/service.ts';
import type { CliCommand } from '../command.ts';

/** What the launcher starts; people have no need of it. */
export const scheduleRun: CliCommand = {
  define: (command) =>
    command
      .description('makes a scheduled backup with the settings that its installation froze (for the timer)')
      .addArgument(new Argument('<what>').choices(['database', 'media', 'all']))
      .requiredOption('--settings <file>', 'where those settings are kept'),
  async run([what], options, { service, task, invocation }) {
    const answer = await service.runScheduled(
      {
        folder: invocation.project,
        frozen: String(options.settings),
        what: what as ScheduledBackup['what'],
      },
      task,
    );
    const pruned = (answer.pruned ?? []).map((file) => `pruned: ${file}`);
    const lines = [...answer.backups.map(({ path }) => path), ...pruned];
    return { json: answer, lines, warnings: answer.warnings };
  },
};
