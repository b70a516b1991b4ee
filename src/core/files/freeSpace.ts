import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes free where a folder is or will be; null where that cannot be known. */
export async function freeBytes(folder: string): Promise<number | null> {
  for (let at = folder; ; at = dirname(at)) {
    const facts = await statfs(at).catch(() => undefined);
    if (facts) return facts.bavail * facts.bsize;
    if (dirname(at) === at) return null;
  }
}
