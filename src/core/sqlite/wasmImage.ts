import { type FileHandle, open } from 'node:fs/promises';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import type { Task } from '../task.ts';
import { isBusy, whileBusy } from './busy.ts';
import { headerBytes, parseHeader } from './header.ts';
import { withoutLog } from './image.ts';
import { absent, stamp } from './privateCopy.ts';
import { vanished } from './sqliteProblem.ts';
import { mergeLog, type ReadAt, readSalts, scanLog } from './wal.ts';

type Waiting = Pick<Task, 'signal' | 'report'>;

const chunkBytes = 16 << 20;

/**
 * File systems tell two writes apart by their clock's ticks, 10 ms long at worst: of a file written to just now, the
 * time of change does not say yet whether it was written to again.
 */
const settledMs = 20;

/**
 * Reads a live database as one moment, without locks: sql.js has none. With a write-ahead log, its committed frames are
 * put over the file; a checkpoint that writes the file meanwhile takes what it writes from those same frames, so only
 * a log that started over calls for another look. Without one, the file must not have moved while it was read.
 * @throws BackupError database-vanished, database-corrupt, busy, engine-cannot
 */
export async function readLiveImage(path: string, task: Waiting, patienceMs: number): Promise<Uint8Array> {
  let journalSeen = false;
  try {
    return await whileBusy(path, task, patienceMs, async () => {
      journalSeen = await hasHotJournal(path);
      return journalSeen ? isBusy : ((await readOnce(path, task)) ?? isBusy);
    });
  } catch (error) {
    throw journalSeen && error instanceof BackupError && error.code === 'busy' ? hotJournal(path) : error;
  }
}

/**
 * Whether a rollback journal beside the database would have to be played back: its transaction is under way, or the
 * process that made it is gone. SQLite writes the magic number once the journal is synced, before it touches the
 * database, and takes it away to commit (https://sqlite.org/fileformat2.html#the_rollback_journal).
 */
export async function hasHotJournal(path: string): Promise<boolean> {
  const magic = await readFrom(`${path}-journal`, (read) => read(0, 8));
  return magic !== undefined && Buffer.from(magic).toString('hex') === 'd9d505f920a163d7';
}

export function hotJournal(path: string): BackupError {
  return new BackupError(
    'engine-cannot',
    `${path} has an unfinished transaction beside it (${path}-journal), which this engine cannot undo.`,
    'If no process is writing to it, open it once with the sqlite3 shell; or use Node 22.16 or later.',
  );
}

/** The image of a private file that nobody writes to. */
export async function readPrivateImage(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const image = await readFrom(path, (read, size) => readAll(read, size, size, signal));
  if (!image) throw vanished(path);
  if (image.length >= headerBytes) withoutLog(image);
  return image;
}

async function readOnce(path: string, task: Waiting): Promise<Uint8Array | undefined> {
  const before = await lookAt(path);
  if (before.main === absent) throw vanished(path);
  const pages = (await readFrom(`${path}-wal`, scanLog))?.pages ?? 0;
  const image = await readFrom(path, async (read, size) => {
    const pageSize = size === 0 ? 0 : parseHeader(await read(0, headerBytes), path).pageSize;
    return readAll(read, size, Math.max(size, pages * pageSize), task.signal);
  });
  if (!image) return undefined;
  const merged = await readFrom(`${path}-wal`, (read) => mergeCommitted(image, read, path));
  const after = await lookAt(path);
  if (after.salts !== before.salts || after.file !== before.file || (await hasHotJournal(path)))
    return undefined;
  if (!merged && (after.main !== before.main || !after.settled)) return undefined;
  const whole = merged ?? image;
  if (whole.length > 0) withoutLog(whole);
  return whole;
}

/** What tells whether the database moved while it was read. */
async function lookAt(path: string) {
  const main = await stamp(path);
  const [device, inode, , mtimeNs] = main.split(':');
  return {
    main,
    file: `${device}:${inode}`,
    settled: Math.abs(Date.now() - Number(mtimeNs ?? 0) / 1e6) > settledMs,
    salts: await readFrom(`${path}-wal`, readSalts),
  };
}

/** SQLite throws away the log of an empty file. */
async function mergeCommitted(
  image: Uint8Array,
  read: ReadAt,
  path: string,
): Promise<Uint8Array | undefined> {
  const log = image.length === 0 ? undefined : await scanLog(read);
  if (!log) return undefined;
  if (log.pageSize !== parseHeader(image, path).pageSize) throw foreignLog(path);
  const bytes = log.pages * log.pageSize;
  if (bytes <= image.length) return mergeLog(image, log, read);
  const longer = allocate(bytes, path);
  longer.set(image);
  return mergeLog(longer, log, read);
}

function foreignLog(path: string): BackupError {
  return new BackupError(
    'database-corrupt',
    `${path}-wal has other pages than ${path}: it belongs to another database.`,
    'Put the right one beside the database, or move it away.',
  );
}

async function readAll(read: ReadAt, size: number, room: number, signal: AbortSignal): Promise<Uint8Array> {
  const image = allocate(room, 'The database');
  for (let at = 0; at < size; ) {
    throwIfCancelled(signal);
    const chunk = await read(at, Math.min(chunkBytes, size - at));
    if (chunk.length === 0) break;
    image.set(chunk, at);
    at += chunk.length;
  }
  return image;
}

function allocate(bytes: number, what: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new BackupError(
      'engine-cannot',
      `${what} is too large for this engine, which holds it in memory (${bytes} bytes).`,
      'Use Node 22.16 or later, whose own SQLite reads from the file.',
      { cause: error },
    );
  }
}

/** Runs `work` on an open file and its size in bytes; undefined where the file is not there. */
async function readFrom<T>(
  path: string,
  work: (read: ReadAt, size: number) => Promise<T>,
): Promise<T | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileProblem(error, path);
  }
  try {
    const { size } = await file.stat();
    return await work(async (position, length) => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    }, size);
  } catch (error) {
    throw fileProblem(error, path);
  } finally {
    await file.close();
  }
}
