import { realpathSync } from 'node:fs';
import { Option } from 'commander';
import type { ScheduledBackup } from '../../core/service.ts';
import type { CliCommand } from '../command.ts';
import { describeSchedules } from './scheduleShow.ts';

export const scheduleInstall: CliCommand = {
  define: (command) =>
    command
      .description(
        "has the system's own timer make backups, with the settings as they are now; shows what it writes",
      )
      .option(
        '--cron <expression>',
        'when, as five fields of crontab(5); dbbackup.schedule or "0 0 * * *" without',
      )
      .addOption(
        new Option('--what <what>', 'what to back up, with --cron')
          .choices(['database', 'media', 'all'])
          .default('database'),
      ),
  async run(_args, options, { service, task, invocation }) {
    const { cron, what } = options as { cron?: string; what: ScheduledBackup['what'] };
    const answer = await service.installSchedules(
      {
        project: { folder: invocation.project },
        ...(cron === undefined ? {} : { schedules: [{ cron, what }] }),
        runner: {
          cli: realpathSync(process.argv[1] ?? ''),
          runtimes: [{ path: process.execPath, electron: false }],
        },
      },
      task,
    );
    return { json: answer, lines: describeSchedules(answer), warnings: answer.warnings };
  },
};
