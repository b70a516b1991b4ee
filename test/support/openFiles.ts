import { readdirSync, readlinkSync } from 'node:fs';
import { platform } from 'node:process';
import { expect, vi } from 'vitest';

/** Files under a folder that this process holds open. Only Linux tells; elsewhere there are none. */
export function openFiles(folder: string): string[] {
  if (platform !== 'linux') return [];
  const open: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      if (path.startsWith(`${folder}/`)) open.push(path);
    } catch {
      // The one that reads this folder is gone already.
    }
  }
  return open;
}

/** A file that stays open cannot be deleted on Windows. Streams close theirs a moment after they have failed. */
export function expectNothingOpen(folder: string): Promise<void> {
  return vi.waitFor(() => expect(openFiles(folder)).toEqual([]), { interval: 1 });
}
