import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { Task } from '../task.ts';
import { systemCode } from './fileProblem.ts';
import { partPath, sweepOnce } from './newFile.ts';
import { privateFolder } from './privateFolder.ts';
import { isAlive, processIdentity } from './process.ts';
import { tidy } from './tidy.ts';

interface Holder {
  pid: number;
  host: string;
  identity: string;
  /** What it does, in words: `a restore of /srv/app/db.sqlite3`. */
  work: string;
  /** ISO 8601. */
  since: string;
}

const patienceMs = 15_000;

/**
 * Runs `work` while no other run (editor, terminal, cron) of this program works on the same thing. Waits for at most
 * 15 s. A lock left by a process that is gone is taken over.
 * @param subject what is worked on, usually an absolute path
 * @throws BackupError busy, naming who holds it and since when
 */
export async function withLock<T>(
  home: string,
  subject: string,
  description: string,
  task: Pick<Task, 'signal' | 'report'>,
  work: () => Promise<T>,
  patience = patienceMs,
): Promise<T> {
  const folder = await privateFolder(home, 'locks');
  await sweepOnce(folder);
  const path = join(folder, `${createHash('sha256').update(subject).digest('hex').slice(0, 32)}.lock`);
  const mine = JSON.stringify(describe(description));
  await acquire(path, mine, task, patience);
  try {
    return await work();
  } finally {
    if ((await readFile(path, 'utf8').catch(() => '')) === mine) await tidy(path);
  }
}

function describe(work: string): Holder & { nonce: string } {
  return {
    pid: process.pid,
    host: hostname(),
    identity: processIdentity(process.pid),
    work,
    since: new Date().toISOString(),
    nonce: randomBytes(8).toString('hex'),
  };
}

async function acquire(path: string, mine: string, task: Pick<Task, 'signal' | 'report'>, patience: number) {
  const giveUpAt = Date.now() + patience;
  for (;;) {
    throwIfCancelled(task.signal);
    if (await place(path, mine)) return;
    const text = await readFile(path, 'utf8').catch(() => '');
    const holder = parse(text);
    if (text !== '' && isGone(holder)) {
      await removeStale(path, text);
      continue;
    }
    if (Date.now() >= giveUpAt) throw busy(holder, path);
    task.report({ phase: 'waiting', item: holder?.work });
    await delay(Math.min(200, Math.max(1, giveUpAt - Date.now())));
  }
}

/** Places the lock with its content already in it: a lock without content would look like a dead process's. */
async function place(path: string, content: string): Promise<boolean> {
  const aside = asideOf(path);
  await writeFile(aside, content, { flag: 'wx', mode: 0o600 });
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await tidy(aside);
  }
}

function asideOf(path: string): string {
  return partPath(dirname(path), randomBytes(6).toString('hex'));
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

function isGone(holder: Holder | undefined): boolean {
  if (!holder) return true;
  if (holder.host !== hostname()) return false;
  if (!isAlive(holder.pid)) return true;
  return holder.identity !== '' && processIdentity(holder.pid) !== holder.identity;
}

/** Two processes may find the same stale lock: each moves it aside first, and one that moved a fresh lock puts it back. */
async function removeStale(path: string, expected: string): Promise<void> {
  const aside = asideOf(path);
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => '');
  if (moved !== expected) await link(aside, path).catch(() => undefined);
  await tidy(aside);
}

function busy(holder: Holder | undefined, path: string): BackupError {
  const who = holder
    ? `${holder.work} (process ${holder.pid} on ${holder.host}, since ${holder.since})`
    : `an unknown process (${path})`;
  return new BackupError('busy', `Another run is at work: ${who}.`, 'Wait for it to end and try again.');
}
