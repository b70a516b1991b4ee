import { BackupError } from '../../core/errors.ts';
import type { CliCommand } from '../command.ts';
import { describeKey } from './keysList.ts';

export const keysDelete: CliCommand = {
  define: (command) =>
    command.description('removes a key from the keyring, its secret half too').argument('<key>'),
  async run([key], _options, { service, task, invocation }) {
    if (!invocation.yes) {
      throw new BackupError(
        'not-confirmed',
        'What is encrypted to this key alone can never be opened again without it.',
        'Export it first (keys export --secret), then say --yes.',
      );
    }
    const removed = await service.deleteKey({ key: key ?? '' }, task);
    return { json: { keys: [removed] }, lines: [`Removed ${describeKey(removed)}`] };
  },
};
