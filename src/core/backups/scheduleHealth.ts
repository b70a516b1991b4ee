import type { Project } from '../project/project.ts';
import type { Backup, HealthAnswer, HealthProblem, ScheduledBackup } from '../service.ts';
import { missedBackups, newestOf, type Plan } from './due.ts';
import { type ScheduledRun, type ScheduledRuns, wasKilled } from './scheduledRuns.ts';

/** A timer that is late is no news yet. */
const patienceMs = 15 * 60_000;
const mostShown = 60;

/** What went wrong with the scheduled backups of a project, while no later backup has made up for it. */
export function scheduleProblems(
  plan: Plan,
  project: Project,
  backups: readonly Backup[],
  runs: ScheduledRuns,
  now: Date,
): { problems: HealthProblem[]; missed: HealthAnswer['missed'] } {
  const problems: HealthProblem[] = [];
  const missed: HealthAnswer['missed'] = [];
  const kinds = new Set(plan.entries.map(({ what }) => what));
  const told = new Set<ScheduledBackup['what']>();
  for (const what of kinds) {
    const run = runs[what];
    const problem = run && endOf(run, what);
    const newest = newestOf(what, project, backups, now);
    if (!problem || (newest && newest > new Date(run.date))) continue;
    problems.push(problem);
    told.add(what);
  }
  for (const one of missedBackups(plan, project, backups, runs, now, patienceMs)) {
    const { cron, what, count, due, newest } = one;
    const run = runs[what];
    const atWork = run && run.ok === undefined && !wasKilled(run);
    const explained = run && run.date >= due.toISOString() && told.has(what);
    if (atWork || explained) continue;
    missed.push(...timesOf(plan, cron, what, due, count).map((date) => ({ what, date })));
    const runsMissed = count === 1 ? 'A scheduled backup' : `${count} scheduled backups`;
    const message = `${runsMissed} of ${words[what]} ${count === 1 ? 'was' : 'were'} missed: ${
      newest ? `the newest is of ${newest.toISOString()}` : 'there is none yet'
    }.`;
    problems.push({
      code: 'backup-overdue',
      message,
      what,
      count,
      date: newest?.toISOString() ?? null,
      hint: 'Make one, and check the timer: dbbackup schedule show.',
    });
  }
  return { problems, missed };
}

/** When they should have been made, the last first: as many as a chart can show. */
function timesOf(
  { entries }: Plan,
  cron: string,
  what: ScheduledBackup['what'],
  due: Date,
  count: number,
): string[] {
  const schedule = entries.find((entry) => entry.cron === cron && entry.what === what)?.schedule;
  const times: string[] = [];
  let at: Date | undefined = due;
  while (at && times.length < Math.min(count, mostShown)) {
    times.push(at.toISOString());
    at = schedule?.previous(new Date(at.getTime() - 1000));
  }
  return times;
}

const words = {
  database: 'the database',
  media: 'the media files',
  all: 'database and media files',
} as const;

function endOf(run: ScheduledRun, what: ScheduledBackup['what']): HealthProblem | undefined {
  const { date, message: why = 'see its log.' } = run;
  if (run.ok === false) {
    const message = `The scheduled backup of ${words[what]} at ${date} failed: ${why}`;
    return {
      code: 'schedule-failed',
      message,
      what,
      date,
      why,
      hint: 'dbbackup schedule show names its log.',
    };
  }
  if (!wasKilled(run)) return undefined;
  const message = `The scheduled backup of ${words[what]} at ${date} was broken off before its end.`;
  return { code: 'schedule-interrupted', message, what, date, hint: 'Make one now.' };
}
