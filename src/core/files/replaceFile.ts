import { randomBytes } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileProblem } from './fileProblem.ts';
import { partPath, sweepOnce, syncFolder } from './newFile.ts';
import { tidy } from './tidy.ts';

/** Puts a small private file (0600) in place, whole or not at all; one of that name is replaced. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const part = partPath(folder, randomBytes(6).toString('hex'));
  try {
    await sweepOnce(folder);
    const file = await open(part, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, join(folder, basename(path)));
    await syncFolder(folder);
  } catch (error) {
    throw fileProblem(error, path);
  } finally {
    await tidy(part);
  }
}
