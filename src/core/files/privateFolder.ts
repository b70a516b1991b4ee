import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem } from './fileProblem.ts';
import { here } from './newFile.ts';
import { isAlive } from './process.ts';
import { tidy } from './tidy.ts';

/** Makes a folder (and those above it) that only its owner can enter, mode 0700, and gives its path back. */
export async function privateFolder(...parts: string[]): Promise<string> {
  const folder = join(...parts);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    throw fileProblem(error, folder);
  }
  return folder;
}

const workName = /^(.+)-(\d+)-[0-9a-f]{12}$/;

/**
 * A private folder under `home` for one piece of work, gone when it is disposed of, however the work ended. What a
 * process that was killed left there (decoded backups) is removed first.
 */
export async function workFolder(home: string): Promise<{ path: string } & AsyncDisposable> {
  await sweepWork(join(home, 'work'));
  const path = join(home, 'work', `${here}-${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    await privateFolder(path);
  } catch (error) {
    await tidy(path);
    throw error;
  }
  return { path, [Symbol.asyncDispose]: () => tidy(path) };
}

/** Only of this machine: a home may be shared, and another machine's processes cannot be asked after. */
async function sweepWork(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const match = workName.exec(name);
    if (match?.[1] !== here || isAlive(Number(match[2]))) continue;
    await tidy(join(folder, name));
  }
}
