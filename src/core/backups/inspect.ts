import { basename } from 'node:path';
import { closeUnread } from '../files/readBytes.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { InspectAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import { openBackup } from './content.ts';
import { listMedia } from './mediaContents.ts';
import { readExtensions } from './name.ts';
import { openDecoded } from './openDecoded.ts';
import type { Resources } from './resources.ts';

/**
 * What is inside a backup, which is read to its end and authenticated: the tables of a database, the files of a media
 * backup. Nothing decrypted is written to disk, but for a database that is too big for memory.
 */
export async function inspectBackup(
  file: string,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<InspectAnswer> {
  if (await holdsMedia(file, sessionKeys, task)) {
    const { members, encrypted, warnings } = await listMedia(file, sessionKeys, task);
    return { file: basename(file), tables: [], members, encrypted, warnings };
  }
  const decoded = await openDecoded(file, sessionKeys, resources, task);
  await decoded.close();
  const { tableRows, encrypted, warnings } = decoded;
  return { file: basename(file), tables: tableRows, encrypted, warnings };
}

/** By its name; where that does not tell, by what comes out first. */
async function holdsMedia(file: string, sessionKeys: SessionKeySource, task: Task): Promise<boolean> {
  const { content } = readExtensions(basename(file));
  if (content !== undefined) return content === 'tar' || content === 'zip';
  const { kind, bytes } = await openBackup(file, { signal: task.signal, sessionKeys });
  await closeUnread(bytes);
  return kind === 'tar' || kind === 'zip';
}
