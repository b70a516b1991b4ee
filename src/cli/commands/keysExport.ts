import { writeFile } from 'node:fs/promises';
import { BackupError } from '../../core/errors.ts';
import { fileProblem, systemCode } from '../../core/files/fileProblem.ts';
import type { CliCommand } from '../command.ts';
import { describeKey } from './keysList.ts';

export const keysExport: CliCommand = {
  define: (command) =>
    command
      .description('writes a key as armored text, to stdout or a file, or gives it to GnuPG')
      .argument('<key>', 'e-mail address, key id or fingerprint')
      .option('--secret', 'the secret half too, under the passphrase it has')
      .option('-o, --output <file>', 'write to this file')
      .option('--gnupg', "into GnuPG's keyring instead"),
  async run([key], options, { service, task }) {
    const secret = options.secret === true;
    if (options.gnupg === true) {
      const exported = await service.exportToGnuPG({ key: key ?? '', secret }, task);
      return { json: { keys: [exported] }, lines: [`In GnuPG: ${describeKey(exported)}`] };
    }
    const { armored, fingerprint, warnings } = await service.exportKey({ key: key ?? '', secret }, task);
    const path = options.output === undefined ? undefined : String(options.output);
    if (path !== undefined) await writeExport(path, armored);
    if (secret) await service.noteExported({ key: fingerprint }, task);
    if (path === undefined)
      return { json: { fingerprint, armored, warnings }, lines: [armored.trimEnd()], warnings };
    return { json: { fingerprint, path, warnings }, lines: [path], warnings };
  },
};

/** A new file that only its owner reads. @throws BackupError target-exists */
export async function writeExport(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST'
      ? new BackupError('target-exists', `${path} exists already.`, 'Name a file that does not exist yet.')
      : fileProblem(error, path);
  });
}
