import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import type JSZip from 'jszip';
import { asError, BackupError, throwIfCancelled } from '../errors.ts';
import type { UnpackLimits } from '../files/unpackLimits.ts';
import type { Bytes } from '../task.ts';
import { type ArchiveEntry, badArchive, damagedArchive, type MediaTask, shown } from './archive.ts';
import { decodeZipName, readZipDirectory, type ZipRecord } from './zipDirectory.ts';

/** Longest text of a link (PATH_MAX). */
const linkBytes = 4096;

/** Node has it since 20.15 and 22.2; without it jszip checks everything at once, on loading. */
const crc32: ((data: Uint8Array, value?: number) => number) | undefined = zlib.crc32;

/** A zip in memory, its directory read, nothing of it unpacked. */
export interface LoadedZip {
  records: ZipRecord[];
  bytes: number;
  entries(): AsyncGenerator<ArchiveEntry>;
}

/**
 * Takes a zip into memory, which is where its list of files is found: at the end.
 * @throws BackupError over-limit beyond `zipBytes`, damaged, bad-archive, cancelled
 */
export async function loadZip(source: Bytes, task: MediaTask, limits: UnpackLimits): Promise<LoadedZip> {
  const zip = await inMemory(source, task, limits.zipBytes);
  const records = readZipDirectory(zip);
  return { records, bytes: zip.length, entries: () => entriesOf(zip, records, task) };
}

async function* entriesOf(zip: Buffer, records: ZipRecord[], task: MediaTask): AsyncGenerator<ArchiveEntry> {
  const objects = await unpackers(zip);
  for (const record of records) {
    throwIfCancelled(task.signal);
    const object = objects.get(record.name);
    if (!object) throw badArchive(`${shown(record.name)} goes by another name in the zip's list of files.`);
    const content = checkedContent(object, record, task);
    const linkTarget = record.type === 'symlink' ? await linkText(content, record) : undefined;
    const size = record.type === 'file' ? record.size : 0;
    const { name, type, mode, mtime } = record;
    yield { name, type, mode, mtime, size, linkTarget, content };
  }
}

async function unpackers(zip: Buffer): Promise<Map<string, JSZip.JSZipObject>> {
  const { default: Zip } = await import('jszip');
  const decodeFileName = (bytes: string[] | Uint8Array | Buffer) => decodeZipName(bytes as Uint8Array);
  try {
    const loaded = await Zip.loadAsync(zip, { checkCRC32: crc32 === undefined, decodeFileName });
    return new Map(
      Object.values(loaded.files).map((object) => [object.unsafeOriginalName ?? object.name, object]),
    );
  } catch (error) {
    throw damagedArchive(`The zip file is damaged: ${asError(error).message}.`, error);
  }
}

async function* checkedContent(
  object: JSZip.JSZipObject,
  record: ZipRecord,
  task: MediaTask,
): AsyncGenerator<Uint8Array> {
  if (record.type === 'folder') return;
  let sum = 0;
  let size = 0;
  // jszip's own stream is of a kind that cannot be iterated.
  const stream = new Readable().wrap(object.nodeStream());
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      throwIfCancelled(task.signal);
      size += chunk.length;
      if (size > record.size) throw broken(record);
      if (crc32) sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof BackupError ? error : broken(record, error);
  } finally {
    stream.destroy();
  }
  if (size !== record.size || (crc32 && sum !== record.crc32)) throw broken(record);
}

async function linkText(content: Bytes, record: ZipRecord): Promise<string> {
  if (record.size > linkBytes) throw badArchive(`The link ${shown(record.name)} is too long for a link.`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function inMemory(source: Bytes, task: MediaTask, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    throwIfCancelled(task.signal);
    size += chunk.length;
    if (size > limit) {
      throw new BackupError(
        'over-limit',
        `The zip file is larger than ${Math.floor(limit / 2 ** 20)} MB; a zip is read by way of memory.`,
        'Unpack it with unzip, or raise zip in the setting dbbackup.limits. For backups of this size use the tar format.',
      );
    }
    chunks.push(chunk);
    task.report?.({ phase: 'reading', done: size, unit: 'bytes' });
  }
  return Buffer.concat(chunks);
}

function broken(record: ZipRecord, cause?: unknown): BackupError {
  return damagedArchive(
    `${shown(record.name)} in the zip file is damaged: it does not match its checksum.`,
    cause,
  );
}
