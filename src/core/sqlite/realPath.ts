import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';

/** SQLite names `-wal` and `-journal` after the file itself, not after a link to it. */
export async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
