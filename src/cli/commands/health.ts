import type { HealthAnswer } from '../../core/service.ts';
import type { CliCommand } from '../command.ts';
import { formatMoment } from '../words.ts';

export const health: CliCommand = {
  define: (command) =>
    command.description("what is wrong with this project's backups; exit 1 when something is"),
  async run(_args, _options, { service, task, invocation }) {
    const answer = await service.health({ project: { folder: invocation.project } }, task);
    const problems = answer.problems.map(({ message, hint }) => (hint ? `${message} ${hint}` : message));
    const lines = [...(problems.length > 0 ? problems : ['Nothing is wrong.']), ...describeTimes(answer)];
    return { json: answer, lines, exit: problems.length > 0 ? 1 : 0 };
  },
};

function describeTimes({ lastBackup, lastDrill, nextRun }: HealthAnswer): string[] {
  const facts = [
    ['Last backup', lastBackup],
    ['Last proved restorable', lastDrill],
    ['Next scheduled', nextRun],
  ] as const;
  return facts.flatMap(([name, date]) => (date === null ? [] : [`${name}: ${formatMoment(date)}`]));
}
