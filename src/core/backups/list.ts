import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import { statFiles } from '../files/statFiles.ts';
import type { Project } from '../project/project.ts';
import type { Backup } from '../service.ts';
import { type ReadName, readName } from './name.ts';

/** The backups in the project's folder, newest first. A folder that does not exist yet holds none. */
export async function listBackups(project: Project): Promise<Backup[]> {
  const folder = project.backupsFolder;
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileProblem(error, folder);
  });
  return (await describeFiles(folder, readAgain(names, project), project)).sort(newestFirst);
}

/** What a file's name and size tell of it; undefined where it is no backup by its name. */
export async function describeBackup(path: string, project: Project): Promise<Backup | undefined> {
  const name = basename(path);
  const aliases = project.databases.map(({ alias }) => alias);
  const [backup] = await describeFiles(
    dirname(path),
    new Map([[name, readName(name, project, aliases)]]),
    project,
  );
  return backup;
}

/** What the names of the folder that was listed last told, and what that hangs on besides the name. */
let last = { style: '', names: new Map<string, ReadName>() };

/** Of thousands of names most were read a moment ago, and to read one takes longer than to ask the system for its file. */
function readAgain(names: readonly string[], project: Project): Map<string, ReadName> {
  const { filenameTemplate, mediaFilenameTemplate, dateFormat, timeZone } = project;
  const aliases = project.databases.map(({ alias }) => alias);
  const style = JSON.stringify([filenameTemplate, mediaFilenameTemplate, dateFormat, timeZone, aliases]);
  const before = last.style === style ? last.names : undefined;
  last = {
    style,
    names: new Map(names.map((name) => [name, before?.get(name) ?? readName(name, project, aliases)])),
  };
  return last.names;
}

async function describeFiles(
  folder: string,
  names: ReadonlyMap<string, ReadName>,
  project: Project,
): Promise<Backup[]> {
  // A database that lies in the backups folder is no backup of itself.
  const live = new Set(project.databases.map(({ path }) => path));
  const named = [...names]
    .filter(([file]) => !file.startsWith('.'))
    .map(([file, read]) => ({ file, path: join(folder, file), read }))
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
