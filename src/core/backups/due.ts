import { readFile, stat } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import type { Project, ProjectSettings } from '../project/project.ts';
import { missedRuns, readSchedule, type Schedule, systemTimeZone } from '../schedule/expression.ts';
import { type Launcher, launcherOf } from '../schedule/launcher.ts';
import type { Backup, HealthProblem, ScheduledBackup } from '../service.ts';
import type { ScheduledRuns } from './scheduledRuns.ts';

const dayMs = 86_400_000;

/** What runs for a project: what the system's timer was given where one is installed, else what the settings say. */
export interface Plan {
  entries: (ScheduledBackup & { schedule: Schedule })[];
  /** Of entries that no timer could run. */
  problems: HealthProblem[];
  /** When the timer was installed: earlier runs were not missed. */
  since: Date | undefined;
  /** The settings that its installation froze; undefined where no timer is installed. */
  frozen: string | undefined;
}

export interface MissedBackup extends ScheduledBackup {
  /** How many runs, counted up to 1000. */
  count: number;
  /** When the last of them should have been. */
  due: Date;
  /** The newest backup of its kind. */
  newest: Date | undefined;
}

/** Where the settings of an installed schedule are kept: beside its launcher. */
export function frozenPath({ path }: Launcher): string {
  return path.replace(/\.\w+$/, '.json');
}

export async function readPlan(project: Project, home: string): Promise<Plan> {
  const frozen = frozenPath(launcherOf(home, project.root));
  const installed = await readInstalled(frozen);
  const scheduled = installed?.schedule ?? project.settings.schedule ?? [];
  const entries: Plan['entries'] = [];
  const problems: HealthProblem[] = [];
  for (const entry of scheduled) {
    try {
      entries.push({ ...entry, schedule: readSchedule(entry.cron, systemTimeZone()) });
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      const { message, hint } = error;
      problems.push({ code: 'schedule-invalid', message, ...(hint ? { hint } : {}) });
    }
  }
  return {
    entries,
    problems,
    since: installed?.since,
    frozen: installed && frozen,
  };
}

/**
 * The scheduled backups whose time has come without a backup of their kind since.
 * @param patienceMs how long after its time a run may begin
 */
export function missedBackups(
  { entries, since }: Plan,
  project: Project,
  backups: readonly Backup[],
  runs: ScheduledRuns,
  now: Date,
  patienceMs = 0,
): MissedBackup[] {
  const at = new Date(now.getTime() - patienceMs);
  return entries.flatMap(({ cron, what, schedule }) => {
    const newest = newestOf(what, project, backups, now);
    const run = runs[what];
    // A name may carry the day alone: the run says when it was.
    const made = newest && run?.ok ? latest(newest, new Date(run.date)) : newest;
    const { count, latest: due } = missedRuns(schedule, latest(made, since) ?? new Date(0), at);
    return due ? [{ cron, what, count: made || since ? count : 1, due, newest }] : [];
  });
}

/** When everything of a kind was last backed up; undefined where a part of it never was. */
export function newestOf(
  what: ScheduledBackup['what'],
  project: Project,
  backups: readonly Backup[],
  now: Date,
): Date | undefined {
  // A date ahead of the clock is a clock that was wrong.
  const known = backups.filter(({ date }) => Date.parse(date) <= now.getTime() + dayMs);
  const aliases = project.databases.map(({ alias }) => alias);
  const wanted: ((backup: Backup) => boolean)[] = [
    ...(what === 'media'
      ? []
      : aliases.map(
          (alias) =>
            ({ kind, database }: Backup) =>
              kind === 'database' && (aliases.length === 1 || (database ?? alias) === alias),
        )),
    ...(what === 'database' ? [] : [({ kind }: Backup) => kind === 'media']),
  ];
  const dates = wanted.map((isOne) =>
    Math.max(...known.filter(isOne).map(({ date }) => Date.parse(date)), Number.NEGATIVE_INFINITY),
  );
  const oldest = Math.min(...dates);
  return Number.isFinite(oldest) ? new Date(oldest) : undefined;
}

async function readInstalled(path: string) {
  try {
    const { schedule = [] } = JSON.parse(await readFile(path, 'utf8')) as ProjectSettings;
    return { schedule, since: (await stat(path)).mtime };
  } catch {
    return undefined;
  }
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (!one || !other) return one ?? other;
  return one > other ? one : other;
}
