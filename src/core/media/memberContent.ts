import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { throwIfCancelled } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { type MediaTask, shown } from './archive.ts';
import { type Member, unreadable } from './members.ts';

const chunkBytes = 1 << 20;

/** A file opened for an archive: its size is settled, its content is yet to be read. */
export interface OpenMember {
  /** Bytes that `content` will give, whatever becomes of the file. */
  size: number;
  content: Generator<Uint8Array>;
  close(): void;
}

/**
 * Opens a member's file, or gives undefined (with a warning) where it has vanished. The content is cut or filled with
 * zeros to the size at opening, so that the archive stays valid; a file that changes meanwhile is named in a warning.
 * @throws BackupError failed where the file cannot be read
 */
export function openMember(member: Member, task: MediaTask): OpenMember | undefined {
  const file = openFile(member, task);
  if (file === undefined) return undefined;
  const close = () => closeSync(file);
  try {
    const stats = fstatSync(file, { bigint: true });
    return { size: Number(stats.size), content: exactly(file, stats, member, task), close };
  } catch (error) {
    close();
    throw unreadable(member.path, error);
  }
}

/** Should a pipe have taken the file's place meanwhile, opening it must not wait for somebody who writes to it. */
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK;

function openFile(member: Member, task: MediaTask): number | undefined {
  try {
    return openSync(member.absolute, readFlags);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw unreadable(member.path, error);
    warn(
      task,
      'file-vanished',
      member,
      'vanished before it could be read; its content is not in this backup',
    );
    return undefined;
  }
}

/** Read at once, not by way of the thread pool: to a small file the way there costs ten times what the reading does. */
function* exactly(file: number, before: BigIntStats, member: Member, task: MediaTask): Generator<Uint8Array> {
  const size = Number(before.size);
  let left = size;
  while (left > 0) {
    throwIfCancelled(task.signal);
    const chunk = readChunk(file, Math.min(chunkBytes, left), member);
    if (chunk.length === 0) break;
    left -= chunk.length;
    yield chunk;
  }
  const after = fstatSync(file, { bigint: true });
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

function readChunk(file: number, length: number, member: Member): Uint8Array {
  const chunk = Buffer.allocUnsafe(length);
  try {
    return chunk.subarray(0, readSync(file, chunk, 0, length, null));
  } catch (error) {
    throw unreadable(member.path, error);
  }
}

function warn(task: MediaTask, code: string, member: Member, what: string): void {
  task.onWarning?.({
    code,
    message: `${shown(member.path)} ${what}.`,
    hint: 'Back up again when nothing writes to it.',
  });
}
