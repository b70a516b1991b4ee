import { BackupError } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { type ArchiveKind, shown } from './archive.ts';
import { type ReadOptions, readArchive } from './readArchive.ts';

/**
 * The content of one file of an archive, read from the stream; nothing is unpacked to disk. It is to be trusted only when
 * it ended without an error: the archive is then read to its end, where what encrypts it is authenticated.
 * @param storedPath as listArchive gives it
 * @throws BackupError no-such-file; else as readArchive
 */
export async function* readMember(
  source: Bytes,
  kind: ArchiveKind,
  storedPath: string,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  let found = false;
  for await (const entry of readArchive(source, kind, options)) {
    if (found || entry.path !== storedPath || entry.type !== 'file') continue;
    found = true;
    yield* entry.content;
  }
  if (found) return;
  throw new BackupError(
    'no-such-file',
    `The backup holds no file ${shown(storedPath)}.`,
    'List what it holds.',
  );
}
