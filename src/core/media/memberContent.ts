import type { BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { throwIfCancelled } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { type MediaTask, shown } from './archive.ts';
import { type Member, unreadable } from './members.ts';

const chunkBytes = 1 << 20;

/** A file opened for an archive: its size is settled, its content is yet to be read. */
export interface OpenMember {
  /** Bytes that `content` will give, whatever becomes of the file. */
  size: number;
  content: AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a member's file, or gives undefined (with a warning) where it has vanished. The content is cut or filled with
 * zeros to the size at opening, so that the archive stays valid; a file that changes meanwhile is named in a warning.
 * @throws BackupError failed where the file cannot be read
 */
export async function openMember(member: Member, task: MediaTask): Promise<OpenMember | undefined> {
  const file = await open(member.absolute, 'r').catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw unreadable(member.path, error);
    warn(
      task,
      'file-vanished',
      member,
      'vanished before it could be read; its content is not in this backup',
    );
    return undefined;
  });
  if (!file) return undefined;
  try {
    const stats = await file.stat({ bigint: true });
    const size = Number(stats.size);
    return { size, content: exactly(file, stats, member, task), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw unreadable(member.path, error);
  }
}

async function* exactly(
  file: FileHandle,
  before: BigIntStats,
  member: Member,
  task: MediaTask,
): AsyncGenerator<Uint8Array> {
  const size = Number(before.size);
  let left = size;
  while (left > 0) {
    throwIfCancelled(task.signal);
    const length = Math.min(chunkBytes, left);
    const { bytesRead, buffer } = await file
      .read(Buffer.allocUnsafe(length), 0, length, null)
      .catch((error: unknown) => {
        throw unreadable(member.path, error);
      });
    if (bytesRead === 0) break;
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  const after = await file.stat({ bigint: true });
  if (left > 0) {
    warn(
      task,
      'file-changed',
      member,
      `shrank while it was read; its last ${left} bytes are zeros in this backup`,
    );
    for (; left > 0; left -= Math.min(chunkBytes, left)) yield Buffer.alloc(Math.min(chunkBytes, left));
  } else if (Number(after.size) > size) {
    warn(task, 'file-changed', member, `grew while it was read; its first ${size} bytes are in this backup`);
  } else if (after.mtimeNs !== before.mtimeNs) {
    warn(
      task,
      'file-changed',
      member,
      'changed while it was read; this backup may hold parts of both states',
    );
  }
}

function warn(task: MediaTask, code: string, member: Member, what: string): void {
  task.onWarning?.({
    code,
    message: `${shown(member.path)} ${what}.`,
    hint: 'Back up again when nothing writes to it.',
  });
}
