import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { fileProblem, hasCode, systemCode } from './fileProblem.ts';
import { Flusher } from './flusher.ts';
import { isAlive } from './process.ts';
import { tidy } from './tidy.ts';

export interface WrittenFile {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}

const partName = /^\.dbbackup-([^-]+)-(\d+)-[0-9a-f]+\.part$/;
/** This machine, as it stands in the names of what is not finished. */
export const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');

/**
 * Writes a stream into a new file, whole or not at all: a hidden temporary file (0600, fsync) moves to its final name
 * and the folder is synced. A file that exists is never replaced: `nameFor` is asked again with the next attempt.
 * The temporary name carries no date, because other tools list backups by the date in a name.
 * @param nameFor the final name for attempt 0, 1, …; undefined gives up with `EEXIST`
 */
export async function writeNewFile(
  folder: string,
  nameFor: (attempt: number) => string | undefined,
  source: Bytes,
  signal: AbortSignal,
): Promise<WrittenFile> {
  const part = partPath(folder, randomBytes(6).toString('hex'));
  try {
    await makeFolder(folder);
    await sweepOnce(folder);
    const written = await writePart(part, source, signal);
    throwIfCancelled(signal);
    const path = await moveToFreeName(part, folder, nameFor);
    await syncFolder(folder);
    return { ...written, path };
  } catch (error) {
    throw fileProblem(error, folder);
  } finally {
    await tidy(part);
  }
}

/** Makes a folder and those above it. A file that stands there is no folder, and no file of the wanted name. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST' ? Object.assign(error as Error, { code: 'ENOTDIR' }) : error;
  });
}

/** A hidden name for a file that is not finished; {@link sweepParts} knows it. */
export function partPath(folder: string, id: string): string {
  return join(folder, `.dbbackup-${here}-${process.pid}-${id}.part`);
}

/** Removes temporary files that a process which is gone left in a folder. Those of other machines go after a day. */
export async function sweepParts(folder: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const match = partName.exec(name);
    if (!match) continue;
    const path = join(folder, name);
    const abandoned = match[1] === here ? !isAlive(Number(match[2])) : await isOlderThanADay(path);
    if (!abandoned) continue;
    await tidy(path);
    swept.push(path);
  }
  return swept;
}

const sweptFolders = new Set<string>();

/** {@link sweepParts}, once for each folder and process. */
export async function sweepOnce(folder: string): Promise<void> {
  if (sweptFolders.has(folder)) return;
  sweptFolders.add(folder);
  await sweepParts(folder);
}

async function isOlderThanADay(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > 86_400_000;
}

async function writePart(
  part: string,
  source: Bytes,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(part, 'wx', 0o600);
  const flusher = new Flusher(file);
  try {
    for await (const chunks of gathered(source)) {
      throwIfCancelled(signal);
      const writing = writeAll(file, chunks);
      // Hashed while the system writes. A failure here must not leave that one unheard.
      writing.catch(() => undefined);
      for (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      await writing;
      flusher.wrote(bytes);
    }
    await flusher.done();
    await file.sync();
  } finally {
    await flusher.done().catch(() => undefined);
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Bytes and chunks written at once; a system takes 1,024 pieces in one call (IOV_MAX). */
const writtenBytes = 1 << 18;
const writtenChunks = 256;

/** Small chunks together, so that each does not cost a call to the system; no chunk is held beyond its turn. */
async function* gathered(source: Bytes): AsyncGenerator<Uint8Array[]> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size < writtenBytes && chunks.length < writtenChunks) continue;
    yield chunks;
    chunks = [];
    size = 0;
  }
  if (chunks.length > 0) yield chunks;
}

/** A system may write less than it was given. */
async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  let left = chunks;
  while (left.length > 0) left = after(left, (await file.writev(left)).bytesWritten);
}

function after(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = bytes;
  return chunks.flatMap((chunk) => {
    const part = chunk.subarray(Math.min(skipped, chunk.length));
    skipped -= chunk.length - part.length;
    return part.length > 0 ? [part] : [];
  });
}

async function moveToFreeName(
  part: string,
  folder: string,
  nameFor: (attempt: number) => string | undefined,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const name = nameFor(attempt);
    if (name === undefined) {
      throw Object.assign(new Error(`a file of that name exists in ${folder}`), { code: 'EEXIST' });
    }
    const path = join(folder, name);
    try {
      await linkOrCopy(part, path);
      return path;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** rename() would replace a file that appeared meanwhile; link() refuses. File systems without links get a copy. */
async function linkOrCopy(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
    await copyFile(part, path, constants.COPYFILE_EXCL);
    const copy = await open(path, 'r+');
    try {
      await copy.sync();
    } finally {
      await copy.close();
    }
  }
}

/** Makes a rename or link in a folder durable. Systems that cannot sync a folder (Windows) are left to their own. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  try {
    await handle.sync();
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'EPERM', 'EISDIR', 'EBADF', 'ENOTSUP')) throw error;
  } finally {
    await handle.close();
  }
}
