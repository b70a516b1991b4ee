import { lstatSync, type Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Files that are looked at without a pause: some milliseconds, more where they lie on another machine. */
const atOnce = 100;

/**
 * What the system knows of each file, links not followed; undefined where there is none. Not by promises: for thousands of
 * files these cost five times what is waited for. The pauses let other work of the thread go on.
 */
export async function statFiles(paths: readonly string[]): Promise<(Stats | undefined)[]> {
  const found: (Stats | undefined)[] = [];
  for (const [index, path] of paths.entries()) {
    if (index > 0 && index % atOnce === 0) await setImmediate();
    found.push(stat(path));
  }
  return found;
}

function stat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
