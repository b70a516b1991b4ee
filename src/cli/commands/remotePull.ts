import { basename } from 'node:path';
import type { CliCommand } from '../command.ts';

export const remotePull: CliCommand = {
  define: (command) =>
    command
      .description('fetches a backup from a remote into the backups folder: the newest, or FILE')
      .argument('<name>')
      .argument('[file]'),
  async run([remote, file], _options, { service, task, invocation }) {
    const project = { folder: invocation.project };
    const answer = await service.remotePull({ project, remote: remote ?? '', file }, task);
    return {
      json: { ...answer, files: [{ file: basename(answer.path), path: answer.path }] },
      lines: [answer.path],
    };
  },
};
