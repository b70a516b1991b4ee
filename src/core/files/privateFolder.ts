import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem } from './fileProblem.ts';

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

/** A private folder under `home` for one piece of work, gone when it is disposed of, however the work ended. */
export async function workFolder(home: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await privateFolder(home, 'work', `${process.pid}-${randomBytes(6).toString('hex')}`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
