import type { ScheduleAnswer } from '../../core/service.ts';
import type { CliCommand } from '../command.ts';
import { formatMoment } from '../words.ts';

export const scheduleShow: CliCommand = {
  define: (command) =>
    command.description('what is scheduled, when it runs next, and what the system’s timer has'),
  async run(_args, _options, { service, task, invocation }) {
    const answer = await service.schedules({ project: { folder: invocation.project } }, task);
    return { json: answer, lines: describeSchedules(answer), warnings: answer.warnings };
  },
};

export function describeSchedules({ timer, schedules, installed, log, byDefault }: ScheduleAnswer): string[] {
  const told = schedules.map(
    ({ cron, what, words, next }) => `${cron}  ${what}: ${words}; next ${formatMoment(next)}`,
  );
  const lines = byDefault
    ? ['nothing is scheduled; to be installed:', ...told.map((line) => `  ${line}`)]
    : told;
  if (timer.kind === 'none') return [...lines, `not installed: ${timer.why} ${timer.hint}`];
  if (installed === null) return [...lines, 'not installed: dbbackup schedule install'];
  return [...lines, `installed (${timer.kind}):`, ...installed.map((line) => `  ${line}`), `log: ${log}`];
}
