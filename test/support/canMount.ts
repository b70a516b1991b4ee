import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let answer: boolean | undefined;

/** Whether a small file system can be mounted here: root, on Linux, and not in a container that forbids it. */
export function canMount(): boolean {
  if (answer === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'dbbackup-mount-'));
    answer = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;
    if (answer) spawnSync('umount', [folder]);
    rmdirSync(folder);
  }
  return answer;
}
