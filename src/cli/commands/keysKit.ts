import { extname } from 'node:path';
import type { CliCommand } from '../command.ts';
import { writeExport } from './keysExport.ts';

export const keysKit: CliCommand = {
  define: (command) =>
    command
      .description('writes a recovery kit to put away: the secret key, and how to restore with gpg alone')
      .argument('<key>', 'e-mail address, key id or fingerprint')
      .requiredOption(
        '-o, --output <file>',
        'write to this file; .html is a page to print, anything else text',
      ),
  async run([key], options, { service, task }) {
    const path = String(options.output);
    const { text, page, fingerprint } = await service.recoveryKit({ key: key ?? '' }, task);
    await writeExport(path, extname(path).toLowerCase() === '.html' ? page : text);
    await service.noteExported({ key: fingerprint }, task);
    return { json: { fingerprint, path }, lines: [path] };
  },
};
