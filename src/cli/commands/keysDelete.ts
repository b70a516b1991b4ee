import { basename } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { describeKey } from './keysList.ts';

export const keysDelete: CliCommand = {
  define: (command) =>
    command.description('removes a key from the keyring, its secret half too').argument('<key>'),
  async run([key], _options, { service, task, invocation }) {
    if (!invocation.yes) {
      const closed = await closedWithout(key ?? '', invocation.project, service, task);
      throw new BackupError(
        'not-confirmed',
        ['What is encrypted to this key alone can never be opened again without it.', ...closed].join(' '),
        'Export it first (keys export --secret), then say --yes.',
      );
    }
    const removed = await service.deleteKey({ key: key ?? '' }, task);
    return { json: { keys: [removed] }, lines: [`Removed ${describeKey(removed)}`] };
  },
};

/** Names the backups of the project, where there is one, that nothing else at hand opens. */
async function closedWithout(
  key: string,
  folder: string,
  service: CommandContext['service'],
  task: CommandContext['task'],
): Promise<string[]> {
  const backups = await service.list({ project: { folder } }, task).catch(() => []);
  const files = backups.filter(({ encrypted }) => encrypted).map(({ path }) => path);
  const closed = await service.closedWithout({ files, key }, task);
  return closed.length === 0 ? [] : [`Here that is: ${closed.map((path) => basename(path)).join(', ')}.`];
}
