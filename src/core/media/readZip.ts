import type { Bytes } from '../task.ts';
import { type ArchiveEntry, type ArchiveLimits, badArchive, type MediaTask } from './archive.ts';

export function readZip(
  _source: Bytes,
  _task: MediaTask,
  _limits: ArchiveLimits,
): AsyncIterable<ArchiveEntry> {
  throw badArchive('Zip archives cannot be read yet.');
}
