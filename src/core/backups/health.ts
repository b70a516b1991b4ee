import type { Project } from '../project/project.ts';
import { missedRuns, readSchedule, systemTimeZone } from '../schedule/expression.ts';
import type { HealthAnswer } from '../service.ts';
import type { Warning } from '../task.ts';
import { listEntries } from './catalogue.ts';
import { listBackups } from './list.ts';
import type { Resources } from './resources.ts';
import { lastRunOf } from './runScheduled.ts';

const dayMs = 86_400_000;
const soonDays = 30;

/** What is wrong with a project's backups, each with its next step. Nothing is opened or connected to for it. */
export async function checkHealth(project: Project, resources: Resources): Promise<HealthAnswer> {
  const now = resources.now();
  const backups = await listBackups(project);
  const lastBackup = backups[0]?.date ?? null;
  const lastDrill = await lastGoodDrill(resources.home, new Set(backups.map(({ path }) => path)));
  const problems: Warning[] = [
    ...project.warnings,
    ...overdue(project, lastBackup, now),
    ...(await failedRun(project, resources.home)),
    ...(backups.some(({ encrypted }) => !encrypted) ? [plain()] : []),
    ...(project.settings.remotes?.length && !project.settings.copyTo?.length ? [notCopied()] : []),
    ...(lastBackup !== null && lastDrill === null ? [neverProved()] : []),
    ...(await keyProblems(project, resources, now)),
  ];
  return { problems, lastBackup, lastDrill };
}

async function lastGoodDrill(home: string, paths: Set<string>): Promise<string | null> {
  const drills = (await listEntries(home)).flatMap(({ path, drill }) =>
    drill?.ok && paths.has(path) ? [drill.date] : [],
  );
  return drills.sort().at(-1) ?? null;
}

function overdue(project: Project, lastBackup: string | null, now: Date): Warning[] {
  if (lastBackup === null) {
    const message = `There is no backup in ${project.backupsFolder}.`;
    return [{ code: 'no-backup', message, hint: 'Make one with dbbackup backup.' }];
  }
  for (const { cron } of project.settings.schedule ?? []) {
    const { count } = missedRuns(readSchedule(cron, systemTimeZone()), new Date(lastBackup), now);
    // The run that is due this very moment may still be at work.
    if (count > 1) {
      const message = `${count} scheduled backups were missed: the newest is of ${lastBackup}.`;
      return [{ code: 'backup-overdue', message, hint: 'Check the timer: dbbackup schedule show.' }];
    }
  }
  return [];
}

async function failedRun({ root }: Project, home: string): Promise<Warning[]> {
  const run = await lastRunOf(home, root);
  if (!run || run.ok) return [];
  const message = `The scheduled backup of ${run.date} failed: ${run.message ?? 'see its log.'}`;
  return [{ code: 'schedule-failed', message, hint: 'dbbackup schedule show names its log.' }];
}

function plain(): Warning {
  return {
    code: 'not-encrypted',
    message: 'Some backups are not encrypted.',
    hint: 'Set a recipient, and delete the plain ones or encrypt them with dbbackup encrypt.',
  };
}

function notCopied(): Warning {
  return {
    code: 'not-copied',
    message: 'Remotes are set up, but no new backup is copied to one.',
    hint: 'Name them in dbbackup.copyTo.',
  };
}

function neverProved(): Warning {
  return {
    code: 'never-proved',
    message: 'No backup was ever proved restorable.',
    hint: 'Run dbbackup verify --drill.',
  };
}

async function keyProblems(project: Project, resources: Resources, now: Date): Promise<Warning[]> {
  const keyring = await resources.keyring();
  const problems: Warning[] = [];
  for (const query of project.recipients) {
    for (const { info } of await keyring.find(query)) {
      const left =
        info.expires === null ? Number.POSITIVE_INFINITY : Date.parse(info.expires) - now.getTime();
      if (left > soonDays * dayMs) continue;
      const when = left <= 0 ? 'has expired' : `expires on ${info.expires?.slice(0, 10)}`;
      const hint = 'Extend it with dbbackup keys extend.';
      problems.push({
        code: 'key-expires',
        message: `The key ${info.fingerprint} (${query}) ${when}.`,
        hint,
      });
    }
  }
  return problems;
}
