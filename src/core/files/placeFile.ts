import { link, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileProblem, hasCode } from './fileProblem.ts';
import { makeFolder, syncFolder, writeNewFile } from './newFile.ts';
import { readBytes } from './readBytes.ts';

/**
 * Gives a finished private file a name elsewhere, whole or not at all: as a link where both lie on one file system, which
 * costs nothing, else as a copy. It may keep its old name, too. A file that exists is never replaced.
 * @param onRead is told how many bytes were copied so far
 * @throws an error with the code EEXIST where the name is taken
 */
export async function placeFile(
  from: string,
  to: string,
  signal: AbortSignal,
  onRead?: (bytes: number) => void,
): Promise<void> {
  const folder = dirname(to);
  try {
    await makeFolder(folder);
    await syncFile(from);
    await link(from, to);
    await syncFolder(folder);
  } catch (error) {
    if (!hasCode(error, 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'))
      throw fileProblem(error, folder);
    const once = (attempt: number) => (attempt === 0 ? basename(to) : undefined);
    await writeNewFile(folder, once, readBytes(from, signal, onRead), signal);
  }
}

/** What is written without syncing, such as a staging database, is made durable before it has its name. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
