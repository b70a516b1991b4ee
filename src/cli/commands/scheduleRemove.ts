import type { CliCommand } from '../command.ts';

export const scheduleRemove: CliCommand = {
  define: (command) => command.description("takes this project's backups out of the system's timer"),
  async run(_args, _options, { service, task, invocation }) {
    const answer = await service.removeSchedules({ project: { folder: invocation.project } }, task);
    const lines =
      answer.removed.length === 0
        ? ['nothing was installed']
        : answer.removed.map((line) => `removed: ${line}`);
    return { json: answer, lines };
  },
};
