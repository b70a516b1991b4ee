import type { RemoteCopy } from '../../core/service.ts';
import type { CliCommand } from '../command.ts';
import { formatBytes } from '../words.ts';

export const remoteList: CliCommand = {
  define: (command) =>
    command
      .description('the backups on a remote, newest first; without a name, the remotes')
      .argument('[name]'),
  async run([remote], _options, { service, task, invocation }) {
    const project = { folder: invocation.project };
    if (remote === undefined) {
      const answer = await service.remotes({ project }, task);
      const lines = answer.remotes.map(({ name, type }) => `${name}  ${type}`);
      return { json: answer, lines: lines.length > 0 ? lines : ['No remotes: set dbbackup.remotes.'] };
    }
    const answer = await service.remoteList({ project, remote }, task);
    const lines = answer.files.map((copy) =>
      [copy.date, formatBytes(copy.bytes).padStart(9), where(copy).padEnd(24), copy.file].join('  '),
    );
    return { json: answer, lines: lines.length > 0 ? lines : [`No backups at ${answer.address}.`] };
  },
};

function where({ local, differs }: RemoteCopy): string {
  if (differs) return 'here with other content';
  return local ? 'here too' : 'only there';
}
