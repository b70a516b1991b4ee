import type { CliCommand } from '../command.ts';

export const health: CliCommand = {
  define: (command) =>
    command.description("what is wrong with this project's backups; exit 1 when something is"),
  async run(_args, _options, { service, task, invocation }) {
    const answer = await service.health({ project: { folder: invocation.project } }, task);
    const lines = answer.problems.map(({ message, hint }) => (hint ? `${message} ${hint}` : message));
    const fine = `Nothing is wrong. Last backup: ${answer.lastBackup}.`;
    return { json: answer, lines: lines.length > 0 ? lines : [fine], exit: lines.length > 0 ? 1 : 0 };
  },
};
