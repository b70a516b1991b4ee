import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';
import { collect } from '../options.ts';

export const keysReencrypt: CliCommand = {
  define: (command) =>
    command
      .description('encrypts files anew in place, to other keys; plaintext is never on disk')
      .argument('<files...>')
      .option('-r, --recipient <key>', "this key instead of the project's (again for more)", collect),
  async run(files, options, { service, task, invocation }) {
    const answer = await service.reencrypt(
      {
        project: { folder: invocation.project },
        files: files.map((file) => resolve(file)),
        recipients: options.recipient as string[] | undefined,
      },
      task,
    );
    return { json: answer, lines: answer.paths };
  },
};
