import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';
import { collect } from '../options.ts';

export const encrypt: CliCommand = {
  define: (command) =>
    command
      .description('encrypts any file')
      .argument('<file>')
      .option(
        '-r, --recipient <key>',
        "encrypt to this key instead of the project's (again for more)",
        collect,
      )
      .option('-o, --output <file>', 'write to this file; FILE.gpg where left out'),
  async run([file], options, { service, task, invocation }) {
    const answer = await service.encrypt(
      {
        project: { folder: invocation.project },
        file: resolve(file ?? ''),
        output: options.output === undefined ? undefined : resolve(String(options.output)),
        recipients: options.recipient as string[] | undefined,
      },
      task,
    );
    return { json: answer, lines: [answer.path] };
  },
};
