import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from './errors.ts';
import { privateFolder } from './files/privateFolder.ts';
import type { Project } from './project/project.ts';
import { pathsOutside } from './project/trust.ts';
import type { Task } from './task.ts';

/**
 * A project's files are a stranger's words: paths outside the project that come from them are confirmed once per
 * project and remembered under `DBBACKUP_HOME`. In the editor Workspace Trust has asked already.
 * @throws BackupError untrusted-project
 */
export async function requireTrust(project: Project, home: string, task: Task): Promise<void> {
  const outside = pathsOutside(project);
  if (outside.length === 0) return;
  const trusted = await readTrusted(home);
  const known = trusted[project.root] ?? [];
  const unknown = outside.filter(({ path }) => !known.includes(path));
  for (const { fact, path } of unknown) {
    const agreed = await task.ask.confirm({
      action: 'trust',
      target: path,
      from: fact,
      tables: [],
      warnings: [],
    });
    if (!agreed) throw untrusted(fact, path);
  }
  if (unknown.length === 0) return;
  const paths = [...known, ...unknown.map(({ path }) => path)];
  const file = join(await privateFolder(home), 'trusted.json');
  await writeFile(file, `${JSON.stringify({ ...trusted, [project.root]: paths }, null, 1)}\n`, {
    mode: 0o600,
  });
}

async function readTrusted(home: string): Promise<Record<string, string[]>> {
  try {
    return JSON.parse(await readFile(join(home, 'trusted.json'), 'utf8')) as Record<string, string[]>;
  } catch {
    return {};
  }
}

function untrusted(fact: string, path: string): BackupError {
  return new BackupError(
    'untrusted-project',
    `This project's files name a path outside the project: ${path} (${fact}).`,
    'If you trust the project, run the command again in a terminal and confirm, or pass --trust.',
  );
}
