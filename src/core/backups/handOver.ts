import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { hashFile } from '../files/hashFile.ts';
import { writeNewFile } from '../files/newFile.ts';
import { isEncryptedFile } from '../files/openpgpHead.ts';
import { readBytes } from '../files/readBytes.ts';
import { defaultLimits } from '../media/archive.ts';
import { ZipStream } from '../media/zipStream.ts';
import type { Project } from '../project/project.ts';
import type { Backup } from '../service.ts';
import type { Bytes, Task } from '../task.ts';
import { type HandedOver, handOverReadme, readmeName } from './handOverReadme.ts';
import { describeBackup } from './list.ts';
import { Openers } from './openers.ts';
import type { Resources } from './resources.ts';

/**
 * Writes encrypted backups into one new `.zip` together with a README that says how to open them without this program.
 * @throws BackupError usage for what is no backup or not encrypted, over-limit, target-exists, no-such-file
 */
export async function writeHandOver(
  files: string[],
  output: string,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<{ path: string; bytes: number }> {
  const parts: HandedOver[] = [];
  const openers = new Openers(resources);
  for (const file of files) {
    const backup = await requireEncrypted(file, project);
    const { sha256 } = await hashFile(file, task.signal, (done) =>
      task.report({ phase: 'reading', done, total: backup.bytes, unit: 'bytes', item: backup.file }),
    );
    parts.push({ backup, sha256, opensWith: await openers.ofFile(file, task) });
  }
  const total = parts.reduce((sum, { backup }) => sum + backup.bytes, 0);
  if (total > defaultLimits.zipBytes) throw tooLarge();
  const target = resolve(output);
  await requireElsewhere(dirname(target), project);
  const once = (attempt: number) => (attempt === 0 ? basename(target) : undefined);
  try {
    return await writeNewFile(dirname(target), once, await zipOf(parts, total, task), task.signal);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new BackupError('target-exists', `${target} exists already.`, 'Choose another name.');
  }
}

async function zipOf(parts: HandedOver[], total: number, task: Task): Promise<Bytes> {
  const zip = await ZipStream.create();
  const newest = Math.max(...parts.map(({ backup }) => Date.parse(backup.date)));
  zip.add(readmeName, Buffer.from(handOverReadme(parts)), newest);
  let before = 0;
  for (const { backup } of parts) {
    const start = before;
    before += backup.bytes;
    const onRead = (done: number) =>
      task.report({ phase: 'writing', done: start + done, total, unit: 'bytes', item: backup.file });
    zip.add(backup.file, readBytes(backup.path, task.signal, onRead), Date.parse(backup.date));
  }
  // What is encrypted does not get smaller.
  return zip.bytes('STORE', task.signal);
}

async function requireEncrypted(file: string, project: Project): Promise<Backup> {
  const backup = await describeBackup(file, project);
  if (!backup) throw new BackupError('usage', `${basename(file)} is no backup.`, 'Choose a restore point.');
  if (backup.encrypted && (await isEncryptedFile(file))) return backup;
  throw new BackupError(
    'usage',
    `${backup.file} is not encrypted: what is handed over is readable for whoever gets it.`,
    'Encrypt the file first, or make an encrypted restore point.',
  );
}

/** In the backups folder it would be taken for a backup of media files, and be the newest one. */
async function requireElsewhere(folder: string, { backupsFolder }: Project): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => resolve(path));
  if ((await real(folder)) !== (await real(backupsFolder))) return;
  throw new BackupError(
    'usage',
    'A hand-over file does not go into the backups folder: a .zip there is a backup of media files.',
    'Choose another folder.',
  );
}

function tooLarge(): BackupError {
  return new BackupError(
    'over-limit',
    `These backups have more than the ${defaultLimits.zipBytes / 2 ** 20} MB that can be taken in from one zip.`,
    'Hand over the backup files themselves.',
  );
}
