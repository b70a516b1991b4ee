import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { BackupError } from '../../core/errors.ts';
import { fileProblem } from '../../core/files/fileProblem.ts';
import type { KeyInfo } from '../../core/service.ts';
import type { Warning } from '../../core/task.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { collect } from '../options.ts';
import { describeKey } from './keysList.ts';

interface Imported {
  keys: KeyInfo[];
  warnings: Warning[];
}

export const keysImport: CliCommand = {
  define: (command) =>
    command
      .description("takes keys from files, armored or binary, or from GnuPG's keyring")
      .argument('[files...]', '- for stdin')
      .option('--gnupg <key>', 'this key of GnuPG instead of a file (again for more)', collect)
      .option('--secret', 'with --gnupg, the secret half too, under the passphrase it has'),
  async run(files, options, context) {
    const named = (options.gnupg as string[] | undefined) ?? [];
    if (files.length === 0 && named.length === 0) {
      throw new BackupError(
        'usage',
        'Nothing to import was named.',
        'Name files, or - for stdin, or --gnupg KEY.',
      );
    }
    const { service, task } = context;
    const imported: Imported = { keys: [], warnings: [] };
    for (const file of files) add(imported, await fromFile(file, context));
    for (const key of named)
      add(imported, await service.importFromGnuPG({ key, secret: options.secret === true }, task));
    return { json: imported, lines: imported.keys.map(describeKey), warnings: imported.warnings };
  },
};

async function fromFile(file: string, { service, task }: CommandContext): Promise<Imported> {
  const data = await readGiven(file);
  return service.importKeys({ data }, task).catch((error: unknown) => {
    if (!(error instanceof BackupError) || file === '-') throw error;
    throw new BackupError(error.code, `${file}: ${error.message}`, error.hint, { cause: error });
  });
}

function add(all: Imported, { keys, warnings }: Imported): void {
  all.keys.push(...keys);
  all.warnings.push(...warnings);
}

async function readGiven(file: string): Promise<Uint8Array> {
  if (file === '-') return await buffer(process.stdin);
  return await readFile(file).catch((error: unknown) => {
    throw fileProblem(error, file);
  });
}
