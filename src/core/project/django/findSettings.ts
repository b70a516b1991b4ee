import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { throwIfCancelled } from '../../errors.ts';
import { isSkippedFolder } from '../skippedFolders.ts';

const mostDepth = 2;
const mostFolders = 300;

/** Where Django is started, and what may name its settings. */
export interface DjangoStart {
  /** The folder of `manage.py`: Django's working folder. */
  folder: string;
  /** Undefined for a project without one. */
  managePath: string | undefined;
  /** Other `manage.py` files just as near. */
  others: string[];
}

/**
 * The `manage.py` of a folder: in it, else one or two levels below, else above it within the same git repository.
 * @param upward false where only the folder itself is trusted
 */
export async function findManage(
  folder: string,
  upward: boolean,
  signal: AbortSignal,
): Promise<DjangoStart | undefined> {
  let folders = [folder];
  for (let depth = 0; depth <= mostDepth && folders.length > 0; depth++) {
    throwIfCancelled(signal);
    const found = await withFile(folders, 'manage.py');
    const [first, ...others] = found;
    if (first) return { folder: dirname(first), managePath: first, others };
    folders = (await Promise.all(folders.map(subfolders))).flat().slice(0, mostFolders);
  }
  if (!upward) return undefined;
  for (const above of await repositoryFolders(folder)) {
    const [managePath] = await withFile([above], 'manage.py');
    if (managePath) return { folder: above, managePath, others: [] };
  }
  return undefined;
}

/** The folders above one, nearest first, as far as the git repository goes; none where there is no repository. */
export async function repositoryFolders(folder: string): Promise<string[]> {
  const above: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (at !== folder) above.push(at);
    const entries: string[] = await readdir(at).catch(() => []);
    if (entries.includes('.git')) return above;
    if (dirname(at) === at) return [];
  }
}

async function withFile(folders: string[], name: string): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const hit = entries.some((entry) => entry.name === name && !entry.isDirectory());
      return hit ? [join(folder, name)] : [];
    }),
  );
  return found.flat();
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !isSkippedFolder(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** A settings module that a tool's configuration names, and the line that does. */
export interface NamedModule {
  name: string;
  path: string;
  line: number;
}

const configurations = ['pyproject.toml', 'pytest.ini', 'setup.cfg', 'tox.ini'];

/** `DJANGO_SETTINGS_MODULE` as the configuration of pytest-django or django-stubs names it. */
export async function moduleInConfiguration(folder: string): Promise<NamedModule | undefined> {
  for (const file of configurations) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    for (const [index, line] of (text?.split('\n') ?? []).entries()) {
      const name = /^\s*django_settings_module\s*=\s*["']?([\w.]+)["']?\s*(?:[#;].*)?$/i.exec(line)?.[1];
      if (name) return { name, path, line: index + 1 };
    }
  }
  return undefined;
}
