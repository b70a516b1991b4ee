import { BackupError } from '../../core/errors.ts';
import type { CliCommand } from '../command.ts';
import { askYes, isInteractive } from '../io.ts';
import { describeKey } from './keysList.ts';

const consequences = [
  'Nothing is encrypted to a revoked key any more; what was still opens.',
  'A revocation cannot be taken back.',
];

export const keysRevoke: CliCommand = {
  define: (command) =>
    command.description('revokes a key: nothing is encrypted to it any more').argument('<key>'),
  async run([key], _options, { service, task, invocation }) {
    const info = await service.keyNamed({ key: key ?? '' }, task);
    if (!invocation.yes && !(isInteractive() && (await askYes([describeKey(info), ...consequences])))) {
      throw new BackupError('not-confirmed', consequences.join(' '), 'Say --yes if you mean it.');
    }
    const revoked = await service.revokeKey({ key: info.fingerprint }, task);
    return { json: { keys: [revoked] }, lines: [describeKey(revoked)] };
  },
};
