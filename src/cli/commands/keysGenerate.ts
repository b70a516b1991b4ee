import type { CliCommand } from '../command.ts';
import { newPassphrase } from '../io.ts';
import { oneOf } from '../options.ts';
import { describeKey } from './keysList.ts';

const ways = 'Pass --passphrase-file FILE (or - for stdin), set DBBACKUP_PASSPHRASE, or say --no-passphrase.';

export const keysGenerate: CliCommand = {
  define: (command) =>
    command
      .description('makes a key pair')
      .requiredOption('--name <name>', 'whose key it is')
      .requiredOption('--email <address>', 'by which it is found')
      .option('--comment <text>', 'stands in brackets after the name')
      .option('--algorithm <kind>', 'rsa4096 (the default) or ecc', oneOf('rsa4096', 'ecc'), 'rsa4096')
      .option('--expires <when>', 'never, or a period as 2y, 6m, 30d', 'never')
      .option('--no-passphrase', 'leave the secret key unlocked'),
  async run(_args, options, { service, task, invocation, environmentPassphrase }) {
    const passphrase =
      options.passphrase === false
        ? ''
        : await newPassphrase(invocation.passphraseFile, environmentPassphrase, ways);
    const key = await service.generateKey(
      {
        name: String(options.name),
        email: String(options.email),
        comment: options.comment as string | undefined,
        algorithm: options.algorithm as 'rsa4096' | 'ecc',
        expires: String(options.expires),
        passphrase,
      },
      task,
    );
    const next = [
      `Encrypt to it: dbbackup backup -r ${key.fingerprint}, or set it as dbbackup.recipients.`,
      `Put a copy away: dbbackup keys kit ${key.fingerprint} -o kit.html.`,
    ];
    return { json: { keys: [key] }, lines: [describeKey(key), ...next] };
  },
};
