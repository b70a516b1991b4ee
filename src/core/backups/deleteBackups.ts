import { rm } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import type { Project } from '../project/project.ts';
import type { Backup } from '../service.ts';
import { listBackups } from './list.ts';

/** Deletes backups of the project's own folder, each with the metadata file that belongs to it. Files not ours stay. */
export async function deleteBackups(files: string[], project: Project): Promise<{ removed: string[] }> {
  const backups = await listBackups(project);
  const chosen = files.map((file) => findOwn(file, backups));
  for (const { path } of chosen) {
    await rm(path).catch((error: unknown) => {
      throw fileProblem(error, path);
    });
    await rm(`${path}.metadata`, { force: true });
  }
  return { removed: chosen.map(({ path }) => path) };
}

/** @throws BackupError no-such-file */
export function findOwn(file: string, backups: Backup[]): Backup {
  const found = backups.find((backup) => backup.path === file || backup.file === file);
  if (found) return found;
  throw new BackupError('no-such-file', `${file} is no backup of this project.`, 'Refresh the list.');
}
