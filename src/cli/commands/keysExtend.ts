import type { CliCommand } from '../command.ts';
import { describeKey } from './keysList.ts';

export const keysExtend: CliCommand = {
  define: (command) =>
    command
      .description('lets a key live on; export it again to whoever encrypts to it')
      .argument('<key>')
      .requiredOption('--expires <when>', 'never, or a period from now as 2y, 6m, 30d'),
  async run([key], options, { service, task }) {
    const extended = await service.extendKey({ key: key ?? '', expires: String(options.expires) }, task);
    return { json: { keys: [extended] }, lines: [describeKey(extended)] };
  },
};
