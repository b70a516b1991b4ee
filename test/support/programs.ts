import { spawnSync } from 'node:child_process';

const known = new Map<string, boolean>();

/** Whether a system program starts; the interop tier skips, by name, what needs one that does not. */
export function hasProgram(name: string, versionFlag = '--version'): boolean {
  let found = known.get(name);
  if (found === undefined) {
    found = spawnSync(name, [versionFlag], { stdio: 'ignore' }).error === undefined;
    known.set(name, found);
  }
  return found;
}
