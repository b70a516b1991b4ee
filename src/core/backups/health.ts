import { access } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import { freeBytes } from '../files/freeSpace.ts';
import { resolveRecipients } from '../keys/recipients.ts';
import type { Project } from '../project/project.ts';
import { launcherOf } from '../schedule/launcher.ts';
import type { Backup, HealthAnswer, HealthProblem } from '../service.ts';
import type { Warning } from '../task.ts';
import { type CatalogueEntry, entriesAt } from './catalogue.ts';
import { copiesOf, copyProblems } from './copyHealth.ts';
import { lastGoodDrill } from './drillDue.ts';
import { type Plan, readPlan } from './due.ts';
import { readFrozen, staleSettings } from './frozenSettings.ts';
import { listBackups } from './list.ts';
import type { Resources } from './resources.ts';
import { readRuns } from './scheduledRuns.ts';
import { scheduleProblems } from './scheduleHealth.ts';

const dayMs = 86_400_000;
const soonDays = 30;
const fewBackups = 5;

export interface HealthOptions {
  /** That schedules are put into words in. */
  language?: string | undefined;
  /** Whether the project has all settings that are in effect, as the editor gives them. */
  whole?: boolean;
}

/** What is wrong with a project's backups, each with its next step. Nothing is opened or connected to for it. */
export async function checkHealth(
  project: Project,
  resources: Resources,
  { language, whole = false }: HealthOptions = {},
): Promise<HealthAnswer> {
  const { home } = resources;
  const now = resources.now();
  const backups = await listBackups(project);
  const entries = await entriesAt(home, backups);
  const plan = await readPlan(project, home);
  const runs = await readRuns(home, project.root);
  const lastDrill = await lastGoodDrill(home, project.backupsFolder);
  const scheduled = scheduleProblems(plan, project, backups, runs, now);
  const problems: HealthProblem[] = [
    ...project.warnings,
    ...(backups.length === 0 ? [noBackup(project)] : []),
    ...plan.problems,
    ...(await timerProblems(plan, project, resources, whole)),
    ...scheduled.problems,
    ...(backups.some(({ encrypted }) => !encrypted) ? [plain()] : []),
    ...copyProblems(project, backups, entries, plan.entries.length > 0),
    ...drillProblems(project, backups, entries, lastDrill, now),
    ...(await keyProblems(project, resources, now)),
  ];
  const free = await freeBytes(project.backupsFolder);
  problems.push(...spaceProblems(backups, free));
  const next = plan.entries.map(({ schedule }) => schedule.next(now).toISOString()).sort();
  return {
    problems,
    // One that is known not to come back is none to rely on.
    lastBackup: backups.find(({ path }) => entries.get(path)?.drill?.ok !== false)?.date ?? null,
    lastDrill,
    nextRun: next[0] ?? null,
    schedule: plan.entries.map(({ cron, what, schedule }) => ({
      cron,
      what,
      words: schedule.words(language),
    })),
    missed: scheduled.missed,
    timerInstalled: plan.frozen !== undefined,
    timerLog: await logOf(project, resources),
    copies: copiesOf(project, backups, entries),
    freeBytes: free,
  };
}

async function timerProblems(
  { frozen }: Plan,
  project: Project,
  resources: Resources,
  whole: boolean,
): Promise<HealthProblem[]> {
  if (frozen === undefined) return [];
  const changed = await staleSettings(await readFrozen(frozen), project, resources, whole);
  if (changed.length === 0) return [];
  const message = `The installed timer works with earlier settings: since then ${changed.join(', ')} changed.`;
  return [
    { code: 'timer-stale', message, settings: changed, hint: 'Install it again: dbbackup schedule install.' },
  ];
}

function noBackup({ backupsFolder }: Project): Warning {
  const message = `There is no backup in ${backupsFolder}.`;
  return { code: 'no-backup', message, hint: 'Make one with dbbackup backup.' };
}

function plain(): Warning {
  return {
    code: 'not-encrypted',
    message: 'Some backups are not encrypted.',
    hint: 'Set a recipient, and delete the plain ones or encrypt them with dbbackup encrypt.',
  };
}

function drillProblems(
  project: Project,
  backups: readonly Backup[],
  entries: ReadonlyMap<string, CatalogueEntry>,
  lastDrill: string | null,
  now: Date,
): HealthProblem[] {
  const databases = backups.filter(({ kind }) => kind === 'database');
  const failed = databases.filter(({ path }) => entries.get(path)?.drill?.ok === false);
  const problems: HealthProblem[] = failed.map(({ file }) => ({
    code: 'drill-failed',
    file,
    message: `${file} could not be restored in its last drill.`,
    hint: 'Make a new backup, and have dbbackup verify say what is wrong with this one.',
  }));
  const hint = 'Run dbbackup verify --drill.';
  if (databases.length === 0) return problems;
  if (lastDrill === null) {
    return [...problems, { code: 'never-proved', message: 'No backup was ever proved restorable.', hint }];
  }
  const every = project.settings.drillEveryDays ?? 0;
  const days = Math.floor((now.getTime() - Date.parse(lastDrill)) / dayMs);
  if (every <= 0 || days <= every) return problems;
  const message = `The last backup was proved restorable ${days} days ago; every ${every} days are wanted.`;
  return [...problems, { code: 'drill-overdue', message, date: lastDrill, hint }];
}

/** Room for a few more of the newest, so that there is time to do something. */
function spaceProblems(backups: readonly Backup[], free: number | null): HealthProblem[] {
  const newest = new Map(
    [...backups].reverse().map((one) => [JSON.stringify([one.kind, one.database]), one]),
  );
  const bytes = [...newest.values()].reduce((sum, one) => sum + one.bytes, 0);
  if (free === null || bytes === 0 || free >= bytes * fewBackups) return [];
  const message = `The disk has room for fewer than ${fewBackups} more backups.`;
  return [{ code: 'disk-low', message, hint: 'Make room, or let old ones go with dbbackup prune.' }];
}

async function logOf({ root }: Project, { home }: Resources): Promise<string | null> {
  const { log } = launcherOf(home, root);
  return access(log).then(
    () => log,
    () => null,
  );
}

/** Whether the next backup finds whom it is encrypted to, and will in a month. */
async function keyProblems(project: Project, resources: Resources, now: Date): Promise<Warning[]> {
  if (!project.encrypt) return [];
  const sources = { keyring: await resources.keyring(), gnupg: await resources.gnupg(), now };
  const problems: Warning[] = [];
  for (const query of project.recipients) {
    try {
      const [recipient] = await resolveRecipients([query], sources);
      const expires = recipient?.info.expires;
      if (!expires || Date.parse(expires) - now.getTime() > soonDays * dayMs) continue;
      problems.push({
        code: 'key-expires',
        message: `The key ${recipient.info.fingerprint} (${query}) expires on ${expires.slice(0, 10)}.`,
        hint: 'Extend it with dbbackup keys extend.',
      });
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      const { code, message, hint } = error;
      problems.push({ code, message, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return problems;
}
