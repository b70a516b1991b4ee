import { BackupError } from '../../core/errors.ts';
import type { CliCommand } from '../command.ts';
import { askYes, isInteractive } from '../io.ts';
import { count } from '../words.ts';

export const remoteDelete: CliCommand = {
  define: (command) =>
    command
      .description('deletes backups on a remote; those here stay')
      .argument('<name>')
      .argument('<files...>'),
  async run([remote = '', ...files], _options, { service, task, invocation }) {
    const question = `This deletes ${count(files.length, 'backup')} on ${remote}: ${files.join(', ')}.`;
    if (!invocation.yes && !(isInteractive() && (await askYes([question]))))
      throw new BackupError('not-confirmed', 'Nothing was deleted.', 'Confirm it, or pass --yes.');
    const project = { folder: invocation.project };
    const answer = await service.remoteDelete({ project, remote, files }, task);
    return { json: answer, lines: answer.removed.map((file) => `${file} is deleted on ${remote}`) };
  },
};
