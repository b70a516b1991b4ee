import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';

export const keysRecipients: CliCommand = {
  define: (command) =>
    command.description('which keys a file is encrypted to, from its head alone').argument('<file>'),
  async run([file], _options, { service, task }) {
    const answer = await service.recipientsOf({ file: resolve(file ?? '') }, task);
    const lines = answer.recipients.map(({ keyId, userId, secret }) =>
      [keyId, userId ?? '(unknown key)', secret ? 'secret key here' : 'no secret key here'].join('  '),
    );
    if (answer.symmetric) lines.push('a passphrase alone opens it');
    return {
      json: answer,
      lines: [...lines, answer.canOpen ? 'You can open it.' : 'You cannot open it here.'],
    };
  },
};
