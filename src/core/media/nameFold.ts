import { randomBytes } from 'node:crypto';
import { lstat, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Two names with the same fold are one file there. */
export type NameFold = (path: string) => string;

/** Finds out, by trying, which names a folder's file system takes for one: `A` and `a`, `é` composed and decomposed. */
export async function nameFoldOf(folder: string): Promise<NameFold> {
  const tag = randomBytes(4).toString('hex');
  const foldsCase = await isSame(folder, `probe-${tag}-a`, `PROBE-${tag.toUpperCase()}-A`);
  const foldsForm = await isSame(folder, `probe-${tag}-\u00e9`, `probe-${tag}-e\u0301`);
  return (path) => {
    const formed = foldsForm ? path.normalize('NFC') : path;
    return foldsCase ? formed.toUpperCase().toLowerCase() : formed;
  };
}

async function isSame(folder: string, name: string, other: string): Promise<boolean> {
  const path = join(folder, name);
  await writeFile(path, '', { flag: 'wx' });
  try {
    return await lstat(join(folder, other)).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(path, { force: true });
  }
}
