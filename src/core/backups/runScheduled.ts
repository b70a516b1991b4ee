import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { launcherOf } from '../schedule/launcher.ts';

/** How the last run of an installed schedule ended. */
export interface LastRun {
  /** ISO 8601 in UTC. */
  date: string;
  ok: boolean;
  /** What failed, for people. */
  message?: string;
}

/** Runs the work of a schedule and notes how it ended, so that a failure is heard of although nobody looked on. */
export async function notingTheEnd<T>(
  home: string,
  root: string,
  now: () => Date,
  work: () => Promise<T>,
): Promise<T> {
  const note = async (run: Omit<LastRun, 'date'>) => {
    await privateFolder(join(home, 'schedule'));
    await replaceFile(lastRunPath(home, root), `${JSON.stringify({ date: now().toISOString(), ...run })}\n`);
  };
  try {
    const result = await work();
    await note({ ok: true });
    return result;
  } catch (error) {
    const message = error instanceof BackupError ? error.message : 'Something went wrong inside DB Backup.';
    await note({ ok: false, message });
    throw error;
  }
}

export async function lastRunOf(home: string, root: string): Promise<LastRun | undefined> {
  const text = await readFile(lastRunPath(home, root), 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as LastRun);
  } catch {
    return undefined;
  }
}

function lastRunPath(home: string, root: string): string {
  return launcherOf(home, root).path.replace(/\.\w+$/, '.last.json');
}
