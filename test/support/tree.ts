import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file (its content), a folder or a link of a test's tree. */
export type TreeItem =
  | { path: string; content: string | Uint8Array; mode?: number; mtime?: number }
  | { path: string; folder: true; mode?: number; mtime?: number }
  | { path: string; link: string; mtime?: number };

/** Makes a tree; folders that are not named are made too. Modes and dates (ms) are set when all is there. */
export async function makeTree(root: string, items: TreeItem[]): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const item of items) {
    const path = join(root, item.path);
    await mkdir(dirname(path), { recursive: true });
    if ('content' in item) await writeFile(path, item.content);
    else if ('link' in item) await symlink(item.link, path);
    else await mkdir(path, { recursive: true });
  }
  for (const item of [...items].sort((one, other) => other.path.length - one.path.length)) {
    const path = join(root, item.path);
    if ('mode' in item && item.mode !== undefined) await chmod(path, item.mode);
    if (item.mtime === undefined) continue;
    if ('link' in item) await lutimes(path, item.mtime / 1000, item.mtime / 1000);
    else await utimes(path, item.mtime / 1000, item.mtime / 1000);
  }
}

/** Everything of a tree that a restore must bring back, one line each; dates to the millisecond or the given step. */
export async function describeTree(root: string, stepMs = 1): Promise<string[]> {
  const lines: string[] = [];
  const date = (ms: number) => Math.floor((ms + 0.01) / stepMs) * stepMs;
  const visit = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(root, below))).sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      const stats = await lstat(join(root, path));
      const mode = (stats.mode & 0o7777).toString(8);
      if (stats.isSymbolicLink()) {
        lines.push(`${path} -> ${await readlink(join(root, path))} ${date(stats.mtimeMs)}`);
      } else if (stats.isDirectory()) {
        lines.push(`${path}/ ${mode} ${date(stats.mtimeMs)}`);
        await visit(path);
      } else {
        const hash = createHash('sha256')
          .update(await readFile(join(root, path)))
          .digest('hex');
        lines.push(`${path} ${mode} ${date(stats.mtimeMs)} ${stats.size} ${hash.slice(0, 16)}`);
      }
    }
  };
  await visit('');
  return lines;
}
