import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { throwIfCancelled } from '../../errors.ts';
import { isSkippedFolder } from '../skippedFolders.ts';

/** The migration files of one Django app, as they lie on disk. */
export interface AppMigrations {
  /** The app's label, which django_migrations has in its column `app`. */
  app: string;
  /** Each migration with those that it replaces where it is a squashed one. */
  migrations: { name: string; replaces: string[] }[];
}

const mostDepth = 6;
const mostFolders = 5000;
const fileName = /^([a-zA-Z]\w*|\d\w*)\.py$/;
const ownLabel = /^\s+label\s*=\s*['"](\w+)['"]/m;
const replacedList = /^\s+replaces\s*=\s*\[([^\]]*)\]/m;
const replacedName = /\(\s*['"](\w+)['"]\s*,\s*['"](\w+)['"]\s*,?\s*\)/g;

/**
 * The migrations of a project's own apps: every folder `migrations` with an `__init__.py` below the root. Apps that are
 * installed elsewhere (Django's own) are not among them. Files are read, nothing is run.
 */
export async function migrationsOnDisk(root: string, signal: AbortSignal): Promise<AppMigrations[]> {
  const apps: AppMigrations[] = [];
  let folders = [root];
  for (let depth = 0; depth < mostDepth && folders.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of folders.slice(0, mostFolders)) {
      throwIfCancelled(signal);
      const found = basename(folder) === 'migrations' ? await readApp(folder) : undefined;
      if (found) apps.push(found);
      else next.push(...(await foldersIn(folder)));
    }
    folders = next;
  }
  return apps.sort((a, b) => (a.app < b.app ? -1 : 1));
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !isSkippedFolder(entry.name))
    .map(({ name }) => join(folder, name));
}

async function readApp(folder: string): Promise<AppMigrations | undefined> {
  const files = await readdir(folder).catch((): string[] => []);
  if (!files.includes('__init__.py')) return undefined;
  const names = files.map((file) => fileName.exec(file)?.[1]).filter((name) => name !== undefined);
  const label = ownLabel.exec(await textOf(join(dirname(folder), 'apps.py')))?.[1];
  const app = label ?? basename(dirname(folder));
  const migrations = names.sort().map(async (name) => {
    const list = replacedList.exec(await textOf(join(folder, `${name}.py`)))?.[1] ?? '';
    const replaced = [...list.matchAll(replacedName)].filter(([, of]) => of === app);
    return { name, replaces: replaced.map(([, , one = '']) => one) };
  });
  return { app, migrations: await Promise.all(migrations) };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
