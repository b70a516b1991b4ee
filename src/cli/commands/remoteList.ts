import type { CliCommand } from '../command.ts';
import { formatBytes } from '../words.ts';

export const remoteList: CliCommand = {
  define: (command) => command.description('the backups on a remote, newest first').argument('<name>'),
  async run([remote], _options, { service, task, invocation }) {
    const answer = await service.remoteList(
      { project: { folder: invocation.project }, remote: remote ?? '' },
      task,
    );
    const lines = answer.files.map(({ file, date, bytes, local }) =>
      [date, formatBytes(bytes).padStart(9), local ? 'here too  ' : 'only there', file].join('  '),
    );
    return { json: answer, lines: lines.length > 0 ? lines : [`No backups at ${answer.address}.`] };
  },
};
