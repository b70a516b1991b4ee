import { createHash } from 'node:crypto';
import { stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem, systemCode } from '../files/fileProblem.ts';
import { hashFile } from '../files/hashFile.ts';
import { magicBytes } from '../files/magic.ts';
import { writeNewFile } from '../files/newFile.ts';
import { closeUnread, peek, readBytes } from '../files/readBytes.ts';
import { tidy } from '../files/tidy.ts';
import { badArchive, defaultLimits, shown } from '../media/archive.ts';
import type { LoadedZip } from '../media/readZip.ts';
import { unstorable } from '../media/safePath.ts';
import type { Project } from '../project/project.ts';
import type { GivenFile, TakeInAnswer } from '../service.ts';
import type { Bytes, Task } from '../task.ts';
import { recognizeWrap } from './codecs.ts';
import { notEncrypted } from './content.ts';
import { readmeName } from './handOverReadme.ts';
import { isHandOver } from './handOverZip.ts';
import { readExtensions } from './name.ts';

/** Unpacked by packed bytes of a hand-over file; encrypted backups do not compress. */
const mostRatio = 10;

/** A file that is taken in, before it was looked into. */
interface Source {
  name: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  mtime: number;
  /** From its beginning, each time. */
  open(): Bytes;
}

/** A backup on its way in. Its content is read before the next one is asked for. */
interface Arrival {
  name: string;
  /** Milliseconds since 1970. */
  mtime: number;
  content: Bytes;
}

/**
 * Copies backup files, and those in hand-over files, into the project's backups folder: all of them or none. What is there
 * already stays as it is; the very same file is no failure.
 * @throws BackupError usage for a name that is no backup's, target-exists, bad-archive, damaged, not-openpgp, over-limit
 */
export async function takeIn(
  files: readonly (string | GivenFile)[],
  project: Project,
  task: Task,
): Promise<TakeInAnswer> {
  const taken: string[] = [];
  const known: string[] = [];
  try {
    for (const file of files) {
      for await (const arrival of arrivalsIn(file, task)) {
        const path = join(project.backupsFolder, checkName(arrival.name));
        if (await isThere(path)) known.push(await requireSame(path, arrival, task));
        else taken.push(await take(arrival, project.backupsFolder, task));
      }
    }
  } catch (error) {
    await tidy(...taken);
    throw error;
  }
  return { taken, known };
}

async function take({ name, mtime, content }: Arrival, folder: string, task: Task): Promise<string> {
  const once = (attempt: number) => (attempt === 0 ? name : undefined);
  try {
    const { path } = await writeNewFile(folder, once, await checkedContent(name, content), task.signal);
    // Where a name tells no time, the file's own is the backup's.
    await utimes(path, new Date(mtime), new Date(mtime));
    return path;
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? nameTaken(name) : error;
  }
}

/** Whoever stores backups could have put plain text under an encrypted name. */
async function checkedContent(name: string, content: Bytes): Promise<Bytes> {
  const { head, bytes } = await peek(content, magicBytes);
  const outermost = readExtensions(name).wraps.at(-1);
  if ((outermost === 'gpg' || outermost === 'asc') && recognizeWrap(head) !== 'gpg') {
    await closeUnread(bytes);
    throw notEncrypted(name);
  }
  return bytes;
}

async function requireSame(path: string, { name, content }: Arrival, task: Task): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  const there = await hashFile(path, task.signal);
  if (there.sha256 !== hash.digest('hex')) throw nameTaken(name);
  return path;
}

async function* arrivalsIn(file: string | GivenFile, task: Task): AsyncGenerator<Arrival> {
  const source = typeof file === 'string' ? await sourceAt(file, task) : sourceOf(file);
  const zip = await handOverIn(source, task);
  if (zip) {
    for await (const entry of zip.entries()) {
      if (entry.name === readmeName) continue;
      if (entry.type !== 'file')
        throw badArchive(`The hand-over file holds ${shown(entry.name)}, which is no file.`);
      yield { name: entry.name, mtime: entry.mtime ?? source.mtime, content: entry.content };
    }
    return;
  }
  yield { name: source.name, mtime: source.mtime, content: source.open() };
}

async function sourceAt(file: string, task: Task): Promise<Source> {
  const facts = await stat(file).catch((error: unknown) => {
    throw fileProblem(error, file);
  });
  const name = basename(file);
  if (!facts.isFile()) throw notABackup(name);
  const onRead = (done: number) =>
    task.report({ phase: 'copying', done, total: facts.size, unit: 'bytes', item: name });
  return {
    name,
    size: facts.size,
    mtime: facts.mtimeMs,
    open: () => readBytes(file, task.signal, onRead),
  };
}

function sourceOf({ name, data }: GivenFile): Source {
  return { name, size: data.length, mtime: Date.now(), open: () => whole(data) };
}

async function* whole(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
}

/** A hand-over file, opened; undefined for any other file, a zip of media files too. */
async function handOverIn({ name: file, size, open }: Source, task: Task): Promise<LoadedZip | undefined> {
  if (!/\.zip$/i.test(file) || size > defaultLimits.zipBytes) return undefined;
  const { loadZip } = await import('../media/readZip.ts');
  const zip = await loadZip(open(), { signal: task.signal }, defaultLimits);
  if (!(await isHandOver(zip))) return undefined;
  const unpacked = zip.records.reduce((sum, record) => sum + record.size, 0);
  if (unpacked <= size * mostRatio) return zip;
  throw new BackupError(
    'over-limit',
    `${file} would unpack to more than ${mostRatio} times its size.`,
    'Nothing was taken in. Take hand-over files only from people you trust.',
  );
}

/** @throws BackupError bad-archive, usage */
function checkName(name: string): string {
  const escapes = /[/\\]|^[A-Za-z]:|^\./.test(name);
  const controls = [...name].some((character) => character < ' ' || character === '\u007f');
  if (escapes || controls || unstorable(name))
    throw badArchive(`${shown(name)} is no name for a backup here.`);
  if (readExtensions(name).content === undefined) throw notABackup(name);
  return name;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function notABackup(name: string): BackupError {
  return new BackupError(
    'usage',
    `${shown(name)} is no backup by its name.`,
    'Nothing was taken in. Names of backups end in .dump, .sqlite3, .tar or .zip, and .gz and .gpg after it.',
  );
}

function nameTaken(name: string): BackupError {
  return new BackupError(
    'target-exists',
    `There is another backup named ${shown(name)} already.`,
    'Nothing was taken in. Rename one of the two.',
  );
}
