import type { Bytes } from '../task.ts';
import {
  type ArchiveEntry,
  type ArchiveKind,
  type ArchiveLimits,
  type CheckedEntry,
  defaultLimits,
  type MediaTask,
} from './archive.ts';
import { Guard } from './guard.ts';
import { readTar } from './readTar.ts';

export interface ReadOptions extends MediaTask {
  limits?: Partial<ArchiveLimits>;
  /** Bytes of the file the archive came from (packed, encrypted), for the ratio. */
  packedBytes?: number;
}

/**
 * The members of an archive, each checked before it is given out; what this system cannot hold is left out with a
 * warning. `content` must be read, or passed over, before the next member is asked for.
 * @throws BackupError bad-archive, over-limit, damaged, cancelled
 */
export async function* readArchive(
  source: Bytes,
  kind: ArchiveKind,
  options: ReadOptions,
): AsyncGenerator<CheckedEntry> {
  const limits = { ...defaultLimits, ...options.limits };
  const guard = new Guard({ ...options, limits });
  for await (const entry of await members(source, kind, options, limits)) {
    const checked = guard.check(entry);
    if (checked) yield checked;
  }
}

/** jszip is loaded only where a zip is read. */
async function members(
  source: Bytes,
  kind: ArchiveKind,
  task: MediaTask,
  limits: ArchiveLimits,
): Promise<AsyncIterable<ArchiveEntry>> {
  if (kind === 'tar') return readTar(source, task);
  const { readZip } = await import('./readZip.ts');
  return readZip(source, task, limits);
}
