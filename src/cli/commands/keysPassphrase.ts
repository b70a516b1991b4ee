import type { CliCommand } from '../command.ts';
import { newPassphrase } from '../io.ts';
import { describeKey } from './keysList.ts';

export const keysPassphrase: CliCommand = {
  define: (command) =>
    command
      .description('changes the passphrase of a secret key; --passphrase-file gives the present one')
      .argument('<key>')
      .option('--new-passphrase-file <file>', 'read the new one from a file')
      .option('--no-passphrase', 'leave the secret key unlocked'),
  async run([key], options, { service, task, invocation }) {
    const from = options.newPassphraseFile as string | undefined;
    const passphrase =
      options.passphrase === false
        ? ''
        : await newPassphrase({ ...invocation, passphraseFile: from }, undefined);
    const changed = await service.changePassphrase({ key: key ?? '', passphrase }, task);
    return { json: { keys: [changed] }, lines: [describeKey(changed)] };
  },
};
