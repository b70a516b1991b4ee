import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { throwIfCancelled } from '../errors.ts';
import { fileProblem } from './fileProblem.ts';

const chunkBytes = 1 << 20;

/**
 * The size and SHA-256 (lower-case hex) of a file as it stands on disk. One part is read while the one before it is
 * hashed, into two buffers in turn: fresh ones for each part cost as much as the hash.
 * @param onRead is told how many bytes were read so far
 */
export async function hashFile(
  path: string,
  signal: AbortSignal,
  onRead?: (bytes: number) => void,
): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileProblem(error, path);
  });
  try {
    return await hashOf(file, signal, onRead);
  } catch (error) {
    throw fileProblem(error, path);
  } finally {
    await file.close();
  }
}

async function hashOf(file: FileHandle, signal: AbortSignal, onRead?: (bytes: number) => void) {
  const hash = createHash('sha256');
  let bytes = 0;
  let [reading, spare] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let coming = read(file, reading);
  try {
    for (;;) {
      const { bytesRead } = await coming;
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      throwIfCancelled(signal);
      bytes += bytesRead;
      const full = reading.subarray(0, bytesRead);
      [reading, spare] = [spare, reading];
      coming = read(file, reading);
      hash.update(full);
      onRead?.(bytes);
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
