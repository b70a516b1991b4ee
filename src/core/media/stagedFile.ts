import { copyFile, lutimes, open, stat, symlink, utimes } from 'node:fs/promises';
import { throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';

interface FileFacts {
  mode: number | undefined;
  mtime: number | undefined;
}

/** Writes a new file with its mode and date; a name that exists is an error. Gives the bytes written. */
export async function writeStagedFile(
  path: string,
  facts: FileFacts & { content: Bytes },
  signal: AbortSignal,
  onWritten: (bytes: number) => void,
): Promise<number> {
  let size = 0;
  const file = await open(path, 'wx', 0o666);
  try {
    for await (const chunk of facts.content) {
      throwIfCancelled(signal);
      let offset = 0;
      while (offset < chunk.length) offset += (await file.write(chunk, offset)).bytesWritten;
      size += chunk.length;
      onWritten(size);
    }
    if (facts.mode !== undefined) await file.chmod(facts.mode);
    if (facts.mtime !== undefined) await file.utimes(facts.mtime / 1000, facts.mtime / 1000);
  } finally {
    await file.close();
  }
  return size;
}

/** A hard link of the archive becomes a file of its own: two names of one file would change together. */
export async function copyStagedFile(from: string, to: string, facts: FileFacts): Promise<number> {
  await copyFile(from, to);
  const copied = await stat(from);
  const seconds = (facts.mtime ?? copied.mtimeMs) / 1000;
  await utimes(to, seconds, seconds);
  return copied.size;
}

export async function writeStagedLink(
  path: string,
  target: string,
  mtime: number | undefined,
): Promise<void> {
  await symlink(target, path);
  if (mtime !== undefined) await lutimes(path, mtime / 1000, mtime / 1000);
}
