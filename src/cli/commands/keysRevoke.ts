import { BackupError } from '../../core/errors.ts';
import type { CliCommand } from '../command.ts';
import { describeKey } from './keysList.ts';

export const keysRevoke: CliCommand = {
  define: (command) =>
    command.description('revokes a key: nothing is encrypted to it any more').argument('<key>'),
  async run([key], _options, { service, task, invocation }) {
    if (!invocation.yes) {
      throw new BackupError(
        'not-confirmed',
        'A revocation cannot be taken back.',
        'Say --yes if you mean it.',
      );
    }
    const revoked = await service.revokeKey({ key: key ?? '' }, task);
    return { json: { keys: [revoked] }, lines: [describeKey(revoked)] };
  },
};
