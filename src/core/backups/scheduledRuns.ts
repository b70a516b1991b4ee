import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { isAlive, processIdentity } from '../files/process.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { launcherOf, type What } from '../schedule/launcher.ts';
import type { Task } from '../task.ts';

/** How the last scheduled run of one kind went: of the system's timer or of the editor. */
export interface ScheduledRun {
  /** When it started, ISO 8601 in UTC. */
  date: string;
  /** Undefined while it is at work, and where it was killed. */
  ok?: boolean;
  /** What failed, for people. */
  message?: string;
  pid: number;
  host: string;
  identity: string;
}

export type ScheduledRuns = Partial<Record<What, ScheduledRun>>;

export interface RunRequest {
  root: string;
  what: What;
  /** The time it was scheduled for: where a run since then has ended well, this one is not made. */
  due: Date | undefined;
}

/**
 * Runs the work of a schedule, once however many timers call for it, and notes its start and its end: a failure is heard of
 * although nobody looked on, and so is a run that was killed.
 * @returns undefined where it was made already
 * @throws BackupError busy, and whatever the work throws
 */
export function runOnce<T>(
  { root, what, due }: RunRequest,
  { home, now }: { home: string; now: () => Date },
  task: Pick<Task, 'signal' | 'report'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const subject = `schedule ${what} ${root}`;
  return withLock(home, subject, `the scheduled backup of ${root}`, task, async () => {
    const last = (await readRuns(home, root))[what];
    if (due && last?.ok && Date.parse(last.date) >= due.getTime()) return undefined;
    const { pid } = process;
    const run = { date: now().toISOString(), pid, host: hostname(), identity: processIdentity(pid) };
    await note(home, root, what, run);
    try {
      const result = await work();
      await note(home, root, what, { ...run, ok: true });
      return result;
    } catch (error) {
      const message = error instanceof BackupError ? error.message : 'Something went wrong inside DB Backup.';
      await note(home, root, what, { ...run, ok: false, message });
      throw error;
    }
  });
}

export async function readRuns(home: string, root: string): Promise<ScheduledRuns> {
  const text = await readFile(runsPath(home, root), 'utf8').catch(() => '');
  try {
    return JSON.parse(text) as ScheduledRuns;
  } catch {
    return {};
  }
}

export function forgetRuns(home: string, root: string): Promise<void> {
  return rm(runsPath(home, root), { force: true });
}

/** True for a run that ended without having said how: its process is gone. */
export function wasKilled({ ok, pid, host, identity }: ScheduledRun): boolean {
  if (ok !== undefined || host !== hostname()) return false;
  return !isAlive(pid) || (identity !== '' && processIdentity(pid) !== identity);
}

/** Runs of several kinds may end at one moment. */
async function note(home: string, root: string, what: What, run: ScheduledRun): Promise<void> {
  await privateFolder(join(home, 'schedule'));
  const path = runsPath(home, root);
  const quiet = { signal: new AbortController().signal, report: () => {} };
  await withLock(home, path, 'the note of a scheduled run', quiet, async () => {
    await replaceFile(path, `${JSON.stringify({ ...(await readRuns(home, root)), [what]: run })}\n`);
  });
}

function runsPath(home: string, root: string): string {
  return launcherOf(home, root).path.replace(/\.\w+$/, '.runs.json');
}
