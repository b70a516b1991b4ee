import type { CliCommand } from '../command.ts';
import { newPassphrase } from '../io.ts';
import { describeKey } from './keysList.ts';

const ways = 'Pass --new-passphrase-file FILE (or - for stdin), or say --no-passphrase.';

export const keysPassphrase: CliCommand = {
  define: (command) =>
    command
      .description('changes the passphrase of a secret key; --passphrase-file gives the present one')
      .argument('<key>')
      .option('--new-passphrase-file <file>', 'read the new one from a file')
      .option('--no-passphrase', 'leave the secret key unlocked'),
  async run([key], options, { service, task }) {
    const from = options.newPassphraseFile as string | undefined;
    const passphrase = options.passphrase === false ? '' : await newPassphrase(from, undefined, ways);
    const changed = await service.changePassphrase({ key: key ?? '', passphrase }, task);
    return { json: { keys: [changed] }, lines: [describeKey(changed)] };
  },
};
