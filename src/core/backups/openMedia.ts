import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BackupError } from '../errors.ts';
import { closeUnread } from '../files/readBytes.ts';
import type { ArchiveKind } from '../media/archive.ts';
import type { Bytes, Task, Warning } from '../task.ts';
import type { DecodeOptions } from './codecs.ts';
import { openBackup } from './content.ts';

export interface OpenedMedia {
  kind: ArchiveKind;
  bytes: Bytes;
  encrypted: boolean;
  /** Filled while the bytes are read. */
  warnings: Warning[];
}

/** Opens a backup of media files. @throws BackupError bad-archive where it holds something else, else as openBackup */
export async function openMedia(
  file: string,
  sessionKeys: DecodeOptions['sessionKeys'],
  task: Task,
): Promise<OpenedMedia> {
  const total = (await stat(file).catch(() => undefined))?.size;
  const opened = await openBackup(file, {
    signal: task.signal,
    sessionKeys,
    onRead: (done) => task.report({ phase: 'decoding', done, total, unit: 'bytes', item: basename(file) }),
  });
  const { kind, bytes, encrypted, warnings } = opened;
  if (kind === 'tar' || kind === 'zip') return { kind, bytes, encrypted, warnings };
  await closeUnread(bytes);
  throw new BackupError(
    'bad-archive',
    `${basename(file)} holds a database, not media files.`,
    'Restore it without --media, or with Restore Backup.',
  );
}
