import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BackupError } from '../errors.ts';
import { workFolder } from '../files/privateFolder.ts';
import { closeUnread } from '../files/readBytes.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import { checkIntegrity, foreignKeyWarnings } from '../sqlite/check.ts';
import { contentsOf } from '../sqlite/contents.ts';
import { dumpSteps } from '../sqlite/dumpSteps.ts';
import type { Connection } from '../sqlite/engine.ts';
import { loadChecked } from '../sqlite/loadChecked.ts';
import { openImage } from '../sqlite/memoryImage.ts';
import type { Bytes, Task, Warning } from '../task.ts';
import type { Resources } from './resources.ts';
import { asDamaged, defaultShape, openDatabaseBackup, stageBackup } from './stage.ts';

/** A backup decoded into a database that is for reading only. */
export interface DecodedBackup {
  connection: Connection;
  tableRows: { name: string; rows: number }[];
  encrypted: boolean;
  /** False where a private file is used. */
  inMemory: boolean;
  warnings: Warning[];
  close(): Promise<void>;
}

/** Decoded bytes up to which a backup is held in memory. */
const memoryBytes = 256 << 20;

/** Says within this file that memory is not the place for it. */
class TooBig extends Error {}

/**
 * Decodes a backup to its last byte, authenticates and checks it, and leaves it open: in memory, so that nothing
 * decrypted is on disk; in a private file, gone when it is closed, where it is too big for that.
 * @param most decoded bytes that may be held in memory
 * @throws BackupError as stageBackup
 */
export async function openDecoded(
  file: string,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
  most = memoryBytes,
): Promise<DecodedBackup> {
  // Compressed, it is bigger still.
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  const held = size > most ? undefined : await openInMemory(file, sessionKeys, resources, task, most);
  return held ?? openInFile(file, sessionKeys, resources, task);
}

async function openInMemory(
  file: string,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
  most: number,
): Promise<DecodedBackup | undefined> {
  const { kind, bytes, encrypted, warnings } = await openDatabaseBackup(file, sessionKeys, task);
  try {
    const few = upTo(most, bytes);
    const opened = kind === 'dump' ? await loadDump(few, resources, task) : await readImage(few, file, task);
    const { connection, tableRows } = opened;
    connection.exec('PRAGMA query_only = ON');
    const close = async () => connection.close();
    const all = [...warnings, ...opened.warnings];
    return { connection, tableRows, encrypted, inMemory: true, warnings: all, close };
  } catch (error) {
    // Some images need modules that the engine for memory goes without.
    const elsewhere = kind === 'image' && error instanceof BackupError && error.code === 'engine-cannot';
    if (error instanceof TooBig || elsewhere) return undefined;
    throw error;
  } finally {
    await closeUnread(bytes);
  }
}

async function loadDump(bytes: Bytes, resources: Resources, task: Task) {
  const engine = await resources.engine();
  const connection = await engine.openStaging({ path: ':memory:', ...defaultShape });
  try {
    return { connection, ...(await loadChecked(connection, dumpSteps(bytes), task)) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function readImage(bytes: Bytes, file: string, task: Task) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  task.report({ phase: 'checking' });
  const connection = await openImage(Buffer.concat(chunks), basename(file)).catch((error: unknown) => {
    throw asDamaged(error);
  });
  try {
    checkIntegrity(connection, 'full');
    return {
      connection,
      tableRows: contentsOf(connection).tableRows,
      warnings: foreignKeyWarnings(connection),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function openInFile(
  file: string,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<DecodedBackup> {
  const engine = await resources.engine();
  const work = await workFolder(resources.home);
  try {
    const options = { folder: work.path, shape: defaultShape, keepPageSize: false, sessionKeys, engine };
    const { path, tableRows, encrypted, warnings } = await stageBackup(file, options, task);
    const connection = await engine.openPrivate(path);
    const close = async () => {
      connection.close();
      await work[Symbol.asyncDispose]();
    };
    return {
      connection,
      tableRows,
      encrypted,
      inMemory: false,
      warnings: [...warnings, onDisk(file)],
      close,
    };
  } catch (error) {
    await work[Symbol.asyncDispose]();
    throw error;
  }
}

function onDisk(file: string): Warning {
  return {
    code: 'private-file',
    message: `${basename(file)} is too big to be held in memory: it is decoded into a private file.`,
    hint: 'The file is removed when the backup is closed.',
  };
}

async function* upTo(most: number, bytes: Bytes): Bytes {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > most) throw new TooBig();
    yield chunk;
  }
}
