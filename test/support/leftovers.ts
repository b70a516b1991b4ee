import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What no finished run leaves in `DBBACKUP_HOME`: decoded data, locks, half-written files, undo copies whose note is gone
 * and that nobody would find any more.
 */
export function leftIn(home: string): string[] {
  const names = list(home, true).filter((name) => /^(work|locks)[\\/]|\.part([\\/]|$)/.test(name));
  const undo = join(home, 'undo');
  const lost = list(undo).filter((id) => !list(join(undo, id)).includes('undo.json'));
  return [...names, ...lost];
}

function list(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive }) as string[];
  } catch {
    return [];
  }
}
