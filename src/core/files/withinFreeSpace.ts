import { statfs } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import type { Bytes } from '../task.ts';

export interface SpaceOptions {
  /** Bytes between two looks at the disk. */
  every?: number;
  /** Bytes that are left free for everybody else. */
  reserve?: number;
}

/**
 * Bytes on their way to a folder, stopped before they fill its disk: what was packed may be a thousand times larger than
 * the file it came in.
 * @throws BackupError disk-full
 */
export async function* withinFreeSpace(
  source: Bytes,
  folder: string,
  { every = 1 << 26, reserve = 1 << 27 }: SpaceOptions = {},
): AsyncGenerator<Uint8Array> {
  let looked = 0;
  let passed = 0;
  for await (const chunk of source) {
    passed += chunk.length;
    if (passed - looked >= every) {
      looked = passed;
      await requireSpace(folder, reserve);
    }
    yield chunk;
  }
}

async function requireSpace(folder: string, reserve: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= reserve) return;
  throw new BackupError(
    'disk-full',
    `What is in this backup would fill the disk of ${folder}.`,
    'Make room there, or set DBBACKUP_HOME to a folder with more. If the backup is not your own, do not trust it.',
  );
}
