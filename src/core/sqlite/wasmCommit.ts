import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, link, open, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem, hasCode, systemCode } from '../files/fileProblem.ts';
import { syncFolder } from '../files/newFile.ts';
import { readBytes } from '../files/readBytes.ts';
import { tidy } from '../files/tidy.ts';
import type { Task } from '../task.ts';
import type { CommitResult } from './engine.ts';
import { journalVersionOffset, readHeader } from './header.ts';
import { absent, stamp } from './privateCopy.ts';
import { busyDatabase } from './sqliteProblem.ts';
import { hasHotJournal, hotJournal } from './wasmImage.ts';

/** What the content of a database file and of its log is known by. */
export async function fileToken(path: string): Promise<string> {
  return `${await contentStamp(path)} ${await stamp(`${path}-wal`)}`;
}

/**
 * Puts a copy of a private database in the live one's place by rename. Processes that have the old file open keep it and
 * must be restarted. Only where no log, shared memory or journal says that one is at work: a new file beside an old log
 * would be corrupt. What is committed to the old file until the rename is found afterwards, through a second link to
 * it, and the old file put back.
 * @throws BackupError engine-cannot, busy, disk-full, folder-not-writable
 */
export async function commitByRename(
  stagingPath: string,
  livePath: string,
  token: string | undefined,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<CommitResult> {
  await requireNobodyAtWork(livePath);
  const aside = join(dirname(livePath), `.${basename(livePath)}.dbbackup-${randomBytes(6).toString('hex')}`);
  const [fresh, old] = [`${aside}.new`, `${aside}.old`];
  try {
    await copyBeside(stagingPath, livePath, fresh, task);
    await requireNobodyAtWork(livePath);
    if (token !== undefined && (await fileToken(livePath)) !== token) return { outcome: 'moved' };
    const moved = await exchange(fresh, livePath, old, token);
    await syncFolder(dirname(livePath));
    return moved ? { outcome: 'moved' } : { outcome: 'committed', restartNeeded: true };
  } catch (error) {
    throw explain(error, livePath);
  } finally {
    await tidy(fresh, old);
  }
}

/** @returns true where something was committed to the old file at the last moment, and it is back in its place */
async function exchange(
  fresh: string,
  livePath: string,
  old: string,
  token: string | undefined,
): Promise<boolean> {
  if ((await stamp(livePath)) === absent) {
    // link() refuses to replace what appeared meanwhile.
    return link(fresh, livePath).then(() => false, orExists);
  }
  const linked = await link(livePath, old).then(() => true, noLinks);
  await rename(fresh, livePath);
  if (!linked || token === undefined || token.startsWith(`${await contentStamp(old)} `)) return false;
  await rename(old, livePath);
  return true;
}

/** The change counter tells commits apart that come within one tick of the file system's clock. */
async function contentStamp(path: string): Promise<string> {
  const facts = await stamp(path);
  const size = facts === absent ? 0 : (await stat(path)).size;
  return size === 0 ? facts : `${facts}:${(await readHeader(path)).changeCounter}`;
}

async function requireNobodyAtWork(livePath: string): Promise<void> {
  if (await hasHotJournal(livePath)) throw hotJournal(livePath);
  const log = await stat(`${livePath}-wal`).catch(() => undefined);
  if ((await stamp(`${livePath}-shm`)) === absent && !log?.size) return;
  throw new BackupError(
    'engine-cannot',
    `${livePath} has a write-ahead log beside it: a process has it open, or ended without closing it.`,
    'Stop the server, open the database once with the sqlite3 shell, and try again; or use Node 22.16 or later.',
  );
}

async function copyBeside(
  stagingPath: string,
  livePath: string,
  target: string,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<void> {
  const live = await stat(livePath).catch(() => undefined);
  const total = (await stat(stagingPath)).size;
  const file = await open(target, 'wx', 0o600);
  try {
    const onRead = (done: number) => task.report({ phase: 'committing', done, total, unit: 'bytes' });
    for await (const chunk of readBytes(stagingPath, task.signal, onRead)) await file.writeFile(chunk);
    // The journal mode is the live database's own business.
    const version = live?.size && (await readHeader(livePath)).wal ? 2 : 1;
    await file.write(Uint8Array.of(version, version), 0, 2, journalVersionOffset);
    await file.sync();
  } finally {
    await file.close();
  }
  await likeLive(target, live);
}

async function likeLive(target: string, live: Stats | undefined): Promise<void> {
  await chmod(target, live ? live.mode & 0o7777 : 0o666 & ~process.umask());
  if (live) await chown(target, live.uid, live.gid).catch(() => undefined);
}

function orExists(error: unknown): true {
  if (systemCode(error) === 'EEXIST') return true;
  throw error;
}

/** Some file systems have no links: then the very last moment goes unwatched. */
function noLinks(error: unknown): false {
  if (hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) return false;
  throw error;
}

/** Windows does not replace a file that a process has open. */
function explain(error: unknown, livePath: string): unknown {
  const locked = process.platform === 'win32' && hasCode(error, 'EPERM', 'EACCES', 'EBUSY');
  return locked ? busyDatabase(livePath, error) : fileProblem(error, livePath);
}
