import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from './errors.ts';
import { privateFolder } from './files/privateFolder.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import { pathsOutside } from './project/trust.ts';
import { type RemoteConfig, readRemoteConfigs } from './remotes/config.ts';
import type { Task } from './task.ts';

/** The project, once its word is good for what is about to be done. @param remotesOf names of the remotes that are reached */
export type Trusted = (
  request: ProjectRequest,
  task: Task,
  remotesOf?: (project: Project) => readonly string[],
) => Promise<Project>;

/** Something outside the project that its files name. */
interface Named {
  fact: string;
  /** In words. */
  target: string;
  /** What is remembered: another path, host or port is asked about anew. */
  key: string;
}

/**
 * A project's files are a stranger's words: paths outside the project that come from them, and the remotes that are about
 * to be used, are confirmed once per project and remembered under `DBBACKUP_HOME`. In the editor Workspace Trust has asked
 * already.
 * @param remotes names of remotes that the work at hand reaches
 * @throws BackupError untrusted-project; usage for remotes that are not well named
 */
export async function requireTrust(
  project: Project,
  remotes: readonly string[],
  home: string,
  task: Task,
): Promise<void> {
  const named = [...pathsNamed(project), ...remotesNamed(project, remotes)];
  if (named.length === 0) return;
  const trusted = await readTrusted(home);
  const known = trusted[project.root] ?? [];
  const unknown = named.filter(({ key }) => !known.includes(key));
  for (const one of unknown) {
    const { fact: from, target } = one;
    const agreed = await task.ask.confirm({ action: 'trust', target, from, tables: [], warnings: [] });
    if (!agreed) throw untrusted(one);
  }
  if (unknown.length === 0) return;
  const keys = [...known, ...unknown.map(({ key }) => key)];
  const file = join(await privateFolder(home), 'trusted.json');
  await writeFile(file, `${JSON.stringify({ ...trusted, [project.root]: keys }, null, 1)}\n`, {
    mode: 0o600,
  });
}

function pathsNamed(project: Project): Named[] {
  return pathsOutside(project).map(({ fact, path }) => ({
    fact,
    target: `the path ${path} outside the project`,
    key: path,
  }));
}

function remotesNamed({ settings }: Project, names: readonly string[]): Named[] {
  if (names.length === 0) return [];
  return readRemoteConfigs(settings.remotes)
    .filter(({ name }) => names.includes(name))
    .map((config) => {
      const { name, type } = config;
      const place = placeOf(config);
      return { fact: 'dbbackup.remotes', target: `the remote ${name}, ${place}`, key: `${type} ${place}` };
    });
}

function placeOf(config: RemoteConfig): string {
  switch (config.type) {
    case 'folder':
      return config.path;
    case 'rclone':
      return `${config.remote}:${config.path}`;
    default: {
      const user = config.user === undefined ? '' : `${config.user}@`;
      const port = config.port === undefined ? '' : `:${config.port}`;
      return `${config.type}://${user}${config.host}${port}/${config.path.replace(/^\//, '')}`;
    }
  }
}

async function readTrusted(home: string): Promise<Record<string, string[]>> {
  try {
    return JSON.parse(await readFile(join(home, 'trusted.json'), 'utf8')) as Record<string, string[]>;
  } catch {
    return {};
  }
}

function untrusted({ fact, target }: Named): BackupError {
  return new BackupError(
    'untrusted-project',
    `This project's files name ${target} (${fact}).`,
    'If you trust the project, run the command again in a terminal and confirm, or pass --trust.',
  );
}
