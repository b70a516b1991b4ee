import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { sweepParts, type WrittenFile, writeNewFile } from '../files/newFile.ts';
import { Seal } from '../files/seal.ts';
import type { Project } from '../project/project.ts';
import type { MadeBackup } from '../service.ts';
import type { Bytes, Task } from '../task.ts';
import { codecs, type EncodeOptions } from './codecs.ts';
import { type ContentExtension, composeName, type WrapExtension } from './name.ts';

/** How a backup is wrapped, decided before the first byte is read. */
export interface Wrapping {
  wraps: WrapExtension[];
  encode: EncodeOptions;
}

/** Where a backup goes: a name of its own in a folder, or one the user gave. */
export interface Destination {
  folder: string;
  nameFor: (attempt: number) => string | undefined;
}

/** The extension of a name says the pipeline: content first, then each wrap as it is applied. */
export function extensionOf(content: ContentExtension, wraps: WrapExtension[]): string {
  return [content, ...wraps].join('.');
}

/** A name in the project's backups folder; a name that is taken moves the time on by a second. */
export function destinationInFolder(
  project: Project,
  database: string | undefined,
  date: Date,
  extension: string,
): Destination {
  return {
    folder: project.backupsFolder,
    nameFor: (attempt) =>
      composeName(
        { database, host: project.hostname, date: new Date(date.getTime() + attempt * 1000), extension },
        project,
      ),
  };
}

/** Streams content through its wraps into a new file and proves that the file holds what was written. */
export async function writeBackup(
  content: Bytes,
  wrapping: Wrapping,
  destination: Destination,
  task: Task,
): Promise<WrittenFile> {
  await sweepParts(destination.folder);
  const encoded = wrapping.wraps.reduce(
    (bytes, wrap) => codecs[wrap].encode(bytes, wrapping.encode),
    content,
  );
  const seal = new Seal();
  const written = await writeNewFile(
    destination.folder,
    destination.nameFor,
    seal.over(encoded),
    task.signal,
  );
  await prove(written, seal, task);
  return written;
}

async function prove(written: WrittenFile, seal: Seal, task: Task): Promise<void> {
  const proved = await seal.isOn(written.path, task.signal, (done) =>
    task.report({ phase: 'proving', done, total: written.bytes, unit: 'bytes' }),
  );
  if (proved) return;
  throw new BackupError(
    'not-proved',
    `${written.path} does not read back as it was written.`,
    'Do not trust this file. Check the disk and back up to another one.',
  );
}

/** The first time from `date` on at which none of the names is taken, so that one restore point carries one time. */
export async function freeDate(date: Date, destinations: (date: Date) => Destination[]): Promise<Date> {
  for (let seconds = 0; ; seconds++) {
    const candidate = new Date(date.getTime() + seconds * 1000);
    const taken = await Promise.all(
      destinations(candidate).map(({ folder, nameFor }) => {
        const name = nameFor(0);
        // A name that the user gave is the same at any time; whether it is taken shows when it is written.
        const given = nameFor(1) === undefined;
        return name === undefined || given ? false : exists(join(folder, name));
      }),
    );
    if (!taken.includes(true)) return candidate;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function madeBackup(
  written: WrittenFile,
  encrypted: boolean,
  counts: { tables: number; rows: number },
): MadeBackup {
  return { file: basename(written.path), ...written, encrypted, ...counts };
}
