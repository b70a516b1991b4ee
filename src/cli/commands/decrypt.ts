import { resolve } from 'node:path';
import type { CliCommand } from '../command.ts';

export const decrypt: CliCommand = {
  define: (command) =>
    command
      .description('decrypts any file')
      .argument('<file>')
      .option('-o, --output <file>', 'write to this file; the name without .gpg where left out'),
  async run([file], options, { service, task }) {
    const output = options.output === undefined ? undefined : resolve(String(options.output));
    const answer = await service.decrypt({ file: resolve(file ?? ''), output }, task);
    return { json: answer, lines: [answer.path] };
  },
};
