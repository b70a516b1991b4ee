import { open, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { throwIfCancelled } from '../errors.ts';
import { magicBytes, magicOf } from '../files/magic.ts';
import type { Database } from './project.ts';
import { isSkippedFolder } from './skippedFolders.ts';

const mostDepth = 3;
const mostFiles = 5000;
/** Files that are opened at once: one after the other, each waits for four turns of the event loop. */
const lookedAtTogether = 32;
const skippedEndings = ['-wal', '-shm', '-journal'];

/**
 * SQLite files below a folder, by their first bytes, not their names. Folders of dependencies, hidden ones and backups
 * are left out; the search is bounded in depth and number.
 */
export async function findDatabases(
  root: string,
  backupsFolder: string,
  signal: AbortSignal,
): Promise<Database[]> {
  const found: Database[] = [];
  const files = await filesBelow(root, backupsFolder, signal);
  for (let at = 0; at < files.length; at += lookedAtTogether) {
    throwIfCancelled(signal);
    const group = files.slice(at, at + lookedAtTogether);
    const databases = await Promise.all(group.map(isDatabase));
    for (const [index, path] of group.entries())
      if (databases[index]) found.push({ alias: aliasOf(path, found), path });
  }
  return found;
}

/** Names in order, what is in a folder in that folder's place. */
async function filesBelow(root: string, backupsFolder: string, signal: AbortSignal): Promise<string[]> {
  const files: string[] = [];
  let seen = 0;
  const visit = async (folder: string, depth: number): Promise<void> => {
    throwIfCancelled(signal);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (++seen > mostFiles) return;
      if (entry.isDirectory()) {
        const skipped = isSkippedFolder(entry.name) || path === backupsFolder;
        if (!skipped && depth < mostDepth) await visit(path, depth + 1);
      } else if (entry.isFile() && !skippedEndings.some((ending) => entry.name.endsWith(ending))) {
        files.push(path);
      }
    }
  };
  await visit(root, 0);
  return files;
}

async function isDatabase(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(magicBytes), 0, magicBytes, 0);
    return magicOf(buffer.subarray(0, bytesRead)) === 'sqlite';
  } finally {
    await file.close();
  }
}

/** The file's name without its ending; a second file of that name gets a number. */
function aliasOf(path: string, others: Database[]): string {
  const name = basename(path, extname(path));
  for (let number = 1; ; number++) {
    const alias = number === 1 ? name : `${name}${number}`;
    if (!others.some((other) => other.alias === alias)) return alias;
  }
}
