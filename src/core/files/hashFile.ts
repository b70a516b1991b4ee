import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { throwIfCancelled } from '../errors.ts';
import { fileProblem } from './fileProblem.ts';

const chunkBytes = 1 << 20;

/**
 * The size and SHA-256 (lower-case hex) of a file as it stands on disk.
 * @param onRead is told how many bytes were read so far
 */
export async function hashFile(
  path: string,
  signal: AbortSignal,
  onRead?: (bytes: number) => void,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const bytes = await readParts(path, signal, (part, read) => {
    hash.update(part);
    onRead?.(read);
  });
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * A file part by part: one is read while the one before it is worked on, into two buffers in turn, since fresh ones for
 * each part cost as much as hashing it.
 * @param onPart is given each part, not to be kept, and how many bytes were read with it
 * @returns the bytes of all parts
 */
export async function readParts(
  path: string,
  signal: AbortSignal,
  onPart: (part: Uint8Array, bytes: number) => void,
): Promise<number> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileProblem(error, path);
  });
  try {
    return await partsOf(file, signal, onPart);
  } catch (error) {
    throw fileProblem(error, path);
  } finally {
    await file.close();
  }
}

async function partsOf(
  file: FileHandle,
  signal: AbortSignal,
  onPart: (part: Uint8Array, bytes: number) => void,
): Promise<number> {
  let bytes = 0;
  let [reading, spare] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let coming = read(file, reading);
  try {
    for (;;) {
      const { bytesRead } = await coming;
      if (bytesRead === 0) return bytes;
      throwIfCancelled(signal);
      bytes += bytesRead;
      const full = reading.subarray(0, bytesRead);
      [reading, spare] = [spare, reading];
      coming = read(file, reading);
      onPart(full, bytes);
    }
  } finally {
    await coming.catch(() => undefined);
  }
}

function read(file: FileHandle, into: Buffer): Promise<{ bytesRead: number }> {
  const coming = file.read(into, 0, into.length, null);
  // One that fails is heard when its turn comes.
  coming.catch(() => undefined);
  return coming;
}
