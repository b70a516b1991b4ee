import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { closeUnread } from '../files/readBytes.ts';
import { withinFreeSpace } from '../files/withinFreeSpace.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import { checkIntegrity, foreignKeyWarnings } from '../sqlite/check.ts';
import { type Contents, contentsOf } from '../sqlite/contents.ts';
import { dump } from '../sqlite/dump.ts';
import { dumpSteps } from '../sqlite/dumpSteps.ts';
import type { Connection, DatabaseShape, Engine } from '../sqlite/engine.ts';
import { readHeader } from '../sqlite/header.ts';
import type { Loaded } from '../sqlite/loadChecked.ts';
import { loadStaging } from '../sqlite/loadStaging.ts';
import type { DumpRecord } from '../sqlite/record.ts';
import type { Bytes, Task, Warning } from '../task.ts';
import { type OpenedBackup, openBackup } from './content.ts';

/** A backup decoded into a private database, authenticated to its last byte and checked. */
export interface Staged extends Contents {
  path: string;
  /** Bytes of the staging file. */
  bytes: number;
  record: DumpRecord | undefined;
  warnings: Warning[];
  encrypted: boolean;
}

export interface StageOptions {
  /** A private folder for the staging file. */
  folder: string;
  /** Shape of the live database; a page-level commit into it wants the same. */
  shape: DatabaseShape;
  /** True where the live database is in WAL mode: SQLite cannot change its page size then. */
  keepPageSize: boolean;
  sessionKeys: SessionKeySource;
  engine: Engine;
}

export const defaultShape: DatabaseShape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 };

/**
 * Decodes a database backup into a staging database. Nothing of it is trusted, and nothing else has changed, until this
 * returns: the OpenPGP and gzip checks stand at the end of their streams.
 * @throws BackupError damaged, not-a-dump, foreign-engine, forbidden-statement, row-refused, no-secret-key, …
 */
export async function stageBackup(file: string, options: StageOptions, task: Task): Promise<Staged> {
  const backup = await openDatabaseBackup(file, options.sessionKeys, task);
  const opened = { ...backup, bytes: withinFreeSpace(backup.bytes, options.folder) };
  try {
    return await (opened.kind === 'dump' ? stageDump : stageImage)(opened, options, task);
  } finally {
    await closeUnread(backup.bytes);
  }
}

/**
 * Opens a backup that must be one of a database.
 * @throws BackupError not-a-dump for an archive of media files
 */
export async function openDatabaseBackup(
  file: string,
  sessionKeys: SessionKeySource,
  task: Task,
): Promise<OpenedBackup & { kind: 'dump' | 'image' }> {
  const total = (await stat(file).catch(() => undefined))?.size;
  const opened = await openBackup(file, {
    signal: task.signal,
    sessionKeys,
    onRead: (done) => task.report({ phase: 'decoding', done, total, unit: 'bytes', item: basename(file) }),
  });
  const { kind } = opened;
  if (kind === 'dump' || kind === 'image') return { ...opened, kind };
  await closeUnread(opened.bytes);
  throw new BackupError(
    'not-a-dump',
    `${basename(file)} holds media files, not a database.`,
    'Restore it with --media, or with Restore Media.',
  );
}

async function stageDump(opened: OpenedBackup, options: StageOptions, task: Task): Promise<Staged> {
  const path = join(options.folder, 'staging.sqlite3');
  const loaded = await loadInto(path, opened.bytes, options, task);
  return finish(path, opened, loaded, loaded.warnings);
}

/** Loads a dump into a new private file of the shape that is wanted, and checks what came out of it. */
export function loadInto(
  path: string,
  source: Bytes,
  { engine, shape }: Pick<StageOptions, 'engine' | 'shape'>,
  task: Task,
): Promise<Loaded> {
  return loadStaging(engine, { path, ...shape }, dumpSteps(source), task);
}

async function stageImage(opened: OpenedBackup, options: StageOptions, task: Task): Promise<Staged> {
  const path = join(options.folder, 'image.sqlite3');
  await writeImage(path, opened.bytes, task);
  task.report({ phase: 'checking' });
  const { pageSize, connection } = await openImageFile(path, options).catch((error: unknown) => {
    throw asDamaged(error);
  });
  try {
    checkIntegrity(connection, 'full');
    const warnings = foreignKeyWarnings(connection);
    if (options.keepPageSize && pageSize !== options.shape.pageSize) {
      return await restageImage(connection, opened, options, task);
    }
    return await finish(path, opened, { ...contentsOf(connection), record: undefined }, warnings);
  } finally {
    connection.close();
  }
}

async function openImageFile(path: string, { engine }: StageOptions) {
  const { pageSize } = await readHeader(path);
  return { pageSize, connection: await engine.openPrivate(path) };
}

/** A private image that SQLite finds corrupt is a damaged backup, not a corrupt live database. */
export function asDamaged(error: unknown): unknown {
  if (!(error instanceof BackupError) || error.code !== 'database-corrupt') return error;
  return new BackupError('damaged', 'The database image in this backup is corrupt.', 'Use another backup.', {
    cause: error,
  });
}

/** VACUUM would do it too, but it renumbers rowids; the dump keeps them (https://sqlite.org/lang_vacuum.html). */
async function restageImage(image: Connection, opened: OpenedBackup, options: StageOptions, task: Task) {
  const path = join(options.folder, 'staging.sqlite3');
  const loaded = await loadInto(path, dump(image, { signal: task.signal, record: {} }), options, task);
  return finish(path, opened, { ...loaded, record: undefined }, loaded.warnings);
}

async function finish(
  path: string,
  opened: OpenedBackup,
  contents: Contents & { record: DumpRecord | undefined },
  warnings: Warning[],
): Promise<Staged> {
  const { tables, rows, tableRows, record } = contents;
  const { size } = await stat(path);
  const all = [...opened.warnings, ...warnings];
  return { path, bytes: size, tables, rows, tableRows, record, warnings: all, encrypted: opened.encrypted };
}

async function writeImage(path: string, bytes: Bytes, task: Task): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) {
      throwIfCancelled(task.signal);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
}
