import { stat } from 'node:fs/promises';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { shown } from '../media/archive.ts';
import { listArchive } from '../media/listArchive.ts';
import { readMember } from '../media/readMember.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { MediaListing } from '../service.ts';
import type { Task } from '../task.ts';
import { refuseHandOver } from './handOverZip.ts';
import { openMedia } from './openMedia.ts';

/** The list crosses a thread and stands in a tree: more is no help to anybody. */
const mostMembers = 200_000;
/** A file is handed over in one piece. */
const mostBytes = 64 * 2 ** 20;

/** What a media backup holds, read to its end and authenticated; nothing is unpacked to disk. */
export async function listMedia(
  file: string,
  sessionKeys: SessionKeySource,
  task: Task,
): Promise<MediaListing> {
  const { kind, bytes, encrypted, warnings } = await openMedia(file, sessionKeys, task);
  const members = await listArchive(bytes, kind, {
    signal: task.signal,
    onWarning: (warning) => void warnings.push(warning),
    packedBytes: (await stat(file)).size,
    acceptZip: refuseHandOver,
    limits: { ...sessionKeys.limits, entries: mostMembers },
  });
  return { members, encrypted, warnings };
}

/**
 * One file of a media backup, given out only after the backup was read to its end and authenticated.
 * @throws BackupError over-limit above 64 MiB, no-such-file, and all that opening a backup throws
 */
export async function readMedia(
  file: string,
  storedPath: string,
  sessionKeys: SessionKeySource,
  task: Task,
): Promise<Uint8Array<ArrayBuffer>> {
  const { kind, bytes } = await openMedia(file, sessionKeys, task);
  const { limits = {} } = sessionKeys;
  const options = { signal: task.signal, packedBytes: (await stat(file)).size, limits };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readMember(bytes, kind, storedPath, options)) {
    throwIfCancelled(task.signal);
    size += chunk.length;
    if (size > mostBytes) throw tooLarge(storedPath);
    chunks.push(chunk);
  }
  // A copy of its own: what crosses a thread must not be a piece of a shared pool.
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function tooLarge(path: string): BackupError {
  return new BackupError(
    'over-limit',
    `${shown(path)} is larger than ${mostBytes / 2 ** 20} MiB, too large to be opened from the backup.`,
    'Restore this file instead.',
  );
}
