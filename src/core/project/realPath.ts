import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A path with its links resolved, as far as it exists. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPathOf(folder), basename(path));
  }
}
