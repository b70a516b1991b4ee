import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import type { Project } from '../project/project.ts';
import type { Backup } from '../service.ts';
import { readName } from './name.ts';

/** The backups in the project's folder, newest first. A folder that does not exist yet holds none. */
export async function listBackups(project: Project): Promise<Backup[]> {
  const folder = project.backupsFolder;
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileProblem(error, folder);
  });
  const found = await Promise.all(names.map((name) => describeBackup(join(folder, name), project)));
  return found.filter((backup) => backup !== undefined).sort(newestFirst);
}

/** What a file's name and size tell of it; undefined where it is no backup by its name. */
export async function describeBackup(path: string, project: Project): Promise<Backup | undefined> {
  const file = basename(path);
  const read = readName(
    file,
    project,
    project.databases.map(({ alias }) => alias),
  );
  const { content, wraps } = read.extensions;
  if (!content || file.startsWith('.')) return undefined;
  const facts = await lstat(path).catch(() => undefined);
  // A database that lies in the backups folder is no backup of itself.
  if (!facts?.isFile() || project.databases.some((database) => database.path === path)) return undefined;
  return {
    file,
    path,
    kind: content === 'tar' || content === 'zip' ? 'media' : 'database',
    database: read.database,
    host: read.host,
    date: (read.date ?? facts.mtime).toISOString(),
    bytes: facts.size,
    encrypted: wraps.includes('gpg') || wraps.includes('asc'),
    compressed: wraps.includes('gz'),
  };
}

function newestFirst(a: Backup, b: Backup): number {
  return b.date.localeCompare(a.date) || b.file.localeCompare(a.file);
}
