import { copyFile, open } from 'node:fs/promises';
import { headerBytes, journalVersionOffset, parseHeader } from './header.ts';

/** Marks an image in memory as one without a write-ahead log; nothing else of it changes. */
export function withoutLog(image: Uint8Array): void {
  image.fill(1, journalVersionOffset, journalVersionOffset + 2);
}

/**
 * Marks a finished private file as one without a write-ahead log, so that it stands alone: any SQLite opens it without
 * a `-wal` beside it, and a commit leaves the live database in the journal mode it has.
 */
export async function markWithoutLog(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(Uint8Array.of(1, 1), 0, 2, journalVersionOffset);
    await file.sync();
  } finally {
    await file.close();
  }
}

const pageCountOffset = 28;
const firstFreePageOffset = 32;
const freePagesOffset = 36;

/**
 * Copies a database of one page (an empty one) with a second page behind it: an empty free-list trunk page or, with
 * auto_vacuum, a pointer map page, both all zeros (https://sqlite.org/fileformat2.html, 1.5 and 1.8).
 */
export async function padToTwoPages(path: string, target: string): Promise<void> {
  await copyFile(path, target);
  const file = await open(target, 'r+');
  try {
    const head = Buffer.alloc(headerBytes);
    await file.read(head, 0, head.length, 0);
    const { pageSize, autoVacuum } = parseHeader(head, path);
    head.writeUInt32BE(2, pageCountOffset);
    if (autoVacuum === 0) {
      head.writeUInt32BE(2, firstFreePageOffset);
      head.writeUInt32BE(1, freePagesOffset);
    }
    await file.write(head, 0, head.length, 0);
    await file.truncate(2 * pageSize);
  } finally {
    await file.close();
  }
}
