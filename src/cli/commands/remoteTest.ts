import type { CliCommand } from '../command.ts';
import { count, formatBytes } from '../words.ts';

export const remoteTest: CliCommand = {
  define: (command) =>
    command
      .description('connects to a remote, and writes, reads and removes a small file')
      .argument('<name>'),
  async run([remote], _options, { service, task, invocation }) {
    const answer = await service.remoteTest(
      { project: { folder: invocation.project }, remote: remote ?? '' },
      task,
    );
    const free = answer.free === undefined ? '' : `, ${formatBytes(answer.free)} free`;
    return {
      json: answer,
      lines: [`${answer.address} works: ${answer.server}, ${count(answer.files, 'file')}${free}`],
    };
  },
};
