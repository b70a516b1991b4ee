import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem, systemCode } from './fileProblem.ts';
import { partPath, syncFolder } from './newFile.ts';
import { tidy } from './tidy.ts';

/**
 * Gives a file of the user's new content, whole or not at all; its permissions stay, and a link stays one.
 * @param before what it holds now; null where there is none yet
 * @throws BackupError changed-meanwhile where it holds something else
 */
export async function rewriteFile(path: string, before: Uint8Array | null, after: Uint8Array): Promise<void> {
  try {
    const real = await realpath(path).catch(() => path);
    const folder = dirname(real);
    if (before === null) await mkdir(folder, { recursive: true });
    await requireSame(real, before);
    const mode = before === null ? undefined : (await stat(real)).mode & 0o777;
    const part = partPath(folder, randomBytes(6).toString('hex'));
    try {
      const file = await open(part, 'wx', mode ?? 0o666);
      try {
        if (mode !== undefined) await file.chmod(mode);
        await file.writeFile(after);
        await file.sync();
      } finally {
        await file.close();
      }
      await requireSame(real, before);
      await rename(part, real);
      await syncFolder(folder);
    } finally {
      await tidy(part);
    }
  } catch (error) {
    throw fileProblem(error, path);
  }
}

async function requireSame(path: string, before: Uint8Array | null): Promise<void> {
  const now = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  const same = now === null || before === null ? now === before : now.equals(before);
  if (same) return;
  throw new BackupError(
    'changed-meanwhile',
    `${path} has changed since the edit was shown. Nothing was written.`,
    'Look at the edit again.',
  );
}
