import { open } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import type { DatabaseShape } from './engine.ts';

/** The first 100 bytes of a database file (https://sqlite.org/fileformat2.html#the_database_header). */
export interface DatabaseHeader extends DatabaseShape {
  /** True where the file says that a write-ahead log belongs to it. */
  wal: boolean;
  /** Moves with every commit in the rollback journal modes. */
  changeCounter: number;
  /** Pages the file should have; 0 in files written before SQLite 3.7. */
  pages: number;
}

export const headerBytes = 100;
/** Where the header says how to read and write the file: 1 is a rollback journal, 2 a write-ahead log. */
export const journalVersionOffset = 18;
export const changeCounterOffset = 24;

const magic = Buffer.from('SQLite format 3\0', 'latin1');
const encodings = { 2: 'UTF-16le', 3: 'UTF-16be' } as const;

/** Whether a file that begins so is a raw database image, whatever its name says. */
export function isDatabaseImage(head: Uint8Array): boolean {
  return head.length >= magic.length && magic.equals(head.subarray(0, magic.length));
}

/** @throws BackupError database-corrupt */
export function parseHeader(bytes: Uint8Array, path: string): DatabaseHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pageSize = view.length < headerBytes ? 0 : readPageSize(view.readUInt16BE(16));
  if (!isDatabaseImage(view) || pageSize === 0) throw notADatabase(path);
  const encoding = view.readUInt32BE(56);
  return {
    pageSize,
    encoding: encoding === 2 || encoding === 3 ? encodings[encoding] : 'UTF-8',
    autoVacuum: view.readUInt32BE(52) === 0 ? 0 : view.readUInt32BE(64) === 0 ? 1 : 2,
    wal: view[journalVersionOffset] === 2 || view[journalVersionOffset + 1] === 2,
    changeCounter: view.readUInt32BE(changeCounterOffset),
    pages: view.readUInt32BE(28),
  };
}

/**
 * The header of a file that nobody writes to. Never of a live database while this process has it open through SQLite:
 * closing any descriptor of a file drops all of the process's POSIX locks on it (https://sqlite.org/howtocorrupt.html,
 * 2.2). Ask the engine for its shape instead.
 * @throws BackupError database-corrupt, no-such-file
 */
export async function readHeader(path: string): Promise<DatabaseHeader> {
  try {
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(headerBytes);
      const { bytesRead } = await file.read(bytes, 0, headerBytes, 0);
      return parseHeader(bytes.subarray(0, bytesRead), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileProblem(error, path);
  }
}

/** 512 to 32768 as they are, 65536 written as 1; 0 for what no database has. */
function readPageSize(raw: number): number {
  const size = raw === 1 ? 65_536 : raw;
  return size >= 512 && (size & (size - 1)) === 0 ? size : 0;
}

export function notADatabase(path: string): BackupError {
  return new BackupError(
    'database-corrupt',
    `${path} is not an SQLite database.`,
    'Check that the path is right, or restore a backup over it.',
  );
}
