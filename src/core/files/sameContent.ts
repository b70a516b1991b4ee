import { type FileHandle, open } from 'node:fs/promises';
import { throwIfCancelled } from '../errors.ts';

const chunkBytes = 1 << 18;

/** Compares files byte by byte, many of them one after the other, in the same two pieces of memory. */
export class ContentComparison {
  readonly #one = Buffer.allocUnsafe(chunkBytes);
  readonly #other = Buffer.allocUnsafe(chunkBytes);

  /** Whether two files have the same content; no where one of them cannot be read. @throws BackupError cancelled */
  async same(one: string, other: string, signal: AbortSignal): Promise<boolean> {
    const files: FileHandle[] = [];
    try {
      for (const path of [one, other]) files.push(await open(path, 'r'));
      return await this.#same(files[0] as FileHandle, files[1] as FileHandle, signal);
    } catch {
      throwIfCancelled(signal);
      return false;
    } finally {
      for (const file of files) await file.close();
    }
  }

  async #same(one: FileHandle, other: FileHandle, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      throwIfCancelled(signal);
      const left = await filled(one, this.#one);
      const right = await filled(other, this.#other);
      if (!left.equals(right)) return false;
      if (left.length < chunkBytes) return true;
    }
  }
}

/** As much as there is: a read may give less than what was asked for. */
async function filled(file: FileHandle, buffer: Buffer): Promise<Buffer> {
  let size = 0;
  while (size < buffer.length) {
    const { bytesRead } = await file.read(buffer, size, buffer.length - size, null);
    if (bytesRead === 0) break;
    size += bytesRead;
  }
  return buffer.subarray(0, size);
}
