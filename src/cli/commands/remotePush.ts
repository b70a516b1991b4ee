import type { CliCommand } from '../command.ts';

export const remotePush: CliCommand = {
  define: (command) =>
    command
      .description('copies backups to a remote: those that are named, or all that are only here')
      .argument('<name>')
      .argument('[files...]'),
  async run([remote, ...files], _options, { service, task, invocation }) {
    const project = { folder: invocation.project };
    const named = files.length > 0 ? files : undefined;
    const answer = await service.remotePush({ project, remote: remote ?? '', files: named }, task);
    const lines = answer.files.map(({ file }) => `${file} is at ${answer.address}`);
    return {
      json: answer,
      lines: lines.length > 0 ? lines : [`Nothing to copy: ${answer.address} has them all.`],
    };
  },
};
