import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const mostLinks = 40;

/** A path with its links resolved, as far as it exists; a link to what does not exist yet is followed too. */
export function realPathOf(path: string, linksLeft = mostLinks): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    if (folder === path) return path;
    const here = join(realPathOf(folder, linksLeft), basename(path));
    const target = linksLeft > 0 ? linkTarget(here) : undefined;
    return target === undefined ? here : realPathOf(resolve(dirname(here), target), linksLeft - 1);
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
