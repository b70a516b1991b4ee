import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import { statFiles } from '../files/statFiles.ts';
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
  return (await describeFiles(folder, names, project)).sort(newestFirst);
}

/** What a file's name and size tell of it; undefined where it is no backup by its name. */
export async function describeBackup(path: string, project: Project): Promise<Backup | undefined> {
  const [backup] = await describeFiles(dirname(path), [basename(path)], project);
  return backup;
}

async function describeFiles(folder: string, names: string[], project: Project): Promise<Backup[]> {
  const aliases = project.databases.map(({ alias }) => alias);
  // A database that lies in the backups folder is no backup of itself.
  const live = new Set(project.databases.map(({ path }) => path));
  const named = names
    .filter((file) => !file.startsWith('.'))
    .map((file) => ({ file, path: join(folder, file), read: readName(file, project, aliases) }))
    .filter(({ path, read }) => read.extensions.content !== undefined && !live.has(path));
  const stats = await statFiles(named.map(({ path }) => path));
  return named.flatMap(({ file, path, read }, index) => {
    const facts = stats[index];
    return facts?.isFile() ? [{ file, path, ...factsOf(read, facts) }] : [];
  });
}

function factsOf({ extensions, database, host, date }: ReturnType<typeof readName>, { mtime, size }: Stats) {
  const { content, wraps } = extensions;
  return {
    kind: content === 'tar' || content === 'zip' ? ('media' as const) : ('database' as const),
    database,
    host,
    date: (date ?? mtime).toISOString(),
    bytes: size,
    encrypted: wraps.includes('gpg') || wraps.includes('asc'),
    compressed: wraps.includes('gz'),
  };
}

/** By the bytes of the date, which is ISO 8601: thousands of names are compared. */
function newestFirst(a: Backup, b: Backup): number {
  if (a.date !== b.date) return a.date < b.date ? 1 : -1;
  return b.file.localeCompare(a.file);
}
