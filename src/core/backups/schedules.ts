import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { privateFolder } from '../files/privateFolder.ts';
import { replaceFile } from '../files/replaceFile.ts';
import type { Project } from '../project/project.ts';
import { readRemoteConfigs } from '../remotes/config.ts';
import {
  type AvailableTimer,
  availableTimer,
  lingers,
  requireTimer,
  type TimerHost,
  thisHost,
} from '../schedule/availableTimer.ts';
import type { TimerEntry } from '../schedule/crontab.ts';
import { readSchedule, systemTimeZone } from '../schedule/expression.ts';
import { launcherOf, type Runtime, removeLauncher, writeLauncher } from '../schedule/launcher.ts';
import { openTimer } from '../schedule/systemTimer.ts';
import type { ScheduleAnswer, ScheduledBackup } from '../service.ts';
import type { Task, Warning } from '../task.ts';
import { requireMediaRoot } from './createMedia.ts';
import { frozenPath, readPlan } from './due.ts';
import { freeze } from './frozenSettings.ts';
import type { Resources } from './resources.ts';
import { forgetRuns } from './scheduledRuns.ts';

/** What runs a scheduled backup: our command line's file, and programs that can run it. */
export interface Runner {
  cli: string;
  runtimes: Runtime[];
}

/** What is scheduled for a project: by its settings, and in the system's own timer. */
export async function showSchedules(
  project: Project,
  resources: Resources,
  language?: string,
): Promise<ScheduleAnswer> {
  const host = thisHost(resources.environment, project.root);
  const timer = await availableTimer(host);
  const launcher = launcherOf(resources.home, project.root);
  const installed =
    timer.kind === 'none' ? undefined : await openTimer(timer, resources.environment).installed(launcher);
  const plan = await readPlan(project, resources.home);
  return {
    timer: timer.kind === 'none' ? { kind: 'none', why: timer.why, hint: timer.hint } : { kind: timer.kind },
    schedules: (installed && plan.frozen ? plan.entries : wanted(project)).map((schedule) =>
      describe(schedule, resources.now(), language),
    ),
    installed: installed ?? null,
    log: launcher.log,
    byDefault: !installed && (project.settings.schedule ?? []).length === 0,
    warnings: installed ? timerDoubts(project, timer.kind, host) : [],
  };
}

/**
 * Writes the system's own timer, so that backups are made with the editor closed, with the settings as they are now. Shows
 * what it writes and asks before.
 * @throws BackupError failed where this system has no timer; no-recipient; not-confirmed
 */
export async function installSchedules(
  {
    schedules,
    runner,
    language,
  }: { schedules: ScheduledBackup[] | undefined; runner: Runner; language: string | undefined },
  project: Project,
  resources: Resources,
  task: Task,
): Promise<ScheduleAnswer> {
  const { home, environment } = resources;
  const chosen = schedules ?? wanted(project);
  const entries: TimerEntry[] = chosen.map(({ cron, what }) => ({
    schedule: readSchedule(cron, systemTimeZone()),
    what,
  }));
  if (chosen.some(({ what }) => what !== 'database')) requireMediaRoot(project);
  const frozen = { ...(await freeze(project, resources)), schedule: chosen };
  const host = thisHost(environment, project.root);
  const available = requireTimer(await availableTimer(host));
  const timer = openTimer(available, environment);
  const launcher = launcherOf(home, project.root);
  const agreed = await task.ask.confirm({
    action: 'schedule',
    target: timer.preview(launcher, entries),
    from: project.root,
    tables: [],
    warnings: timerDoubts(project, available.kind, host),
  });
  if (!agreed) throw notConfirmed();
  await privateFolder(join(home, 'schedule'));
  await replaceFile(frozenPath(launcher), `${JSON.stringify(frozen, null, 2)}\n`);
  await writeLauncher({
    home,
    root: project.root,
    ...runner,
    args: ['schedule', 'run', '--project', project.root, '--settings', frozenPath(launcher), '--trust'],
    environment: frozenEnvironment(environment),
  });
  await timer.install(launcher, entries);
  return showSchedules(project, resources, language);
}

/**
 * Takes the timer out again, and what is noted of its runs; other lines of it are left as they are.
 * @throws BackupError not-confirmed
 */
export async function removeSchedules(
  project: Project,
  { home, environment }: Resources,
): Promise<{ removed: string[] }> {
  const launcher = launcherOf(home, project.root);
  const timer = await availableTimer(thisHost(environment, project.root));
  const open = timer.kind === 'none' ? undefined : openTimer(timer, environment);
  const removed = (await open?.installed(launcher)) ?? [];
  await open?.remove(launcher);
  await removeLauncher(launcher);
  await rm(frozenPath(launcher), { force: true });
  await forgetRuns(home, project.root);
  return { removed };
}

/** What a timer cannot do that the editor, or somebody at a terminal, can. */
function timerDoubts(project: Project, kind: AvailableTimer['kind'], host: TimerHost): Warning[] {
  const { remotes, copyTo = [] } = project.settings;
  const asking = readRemoteConfigs(remotes).filter(
    (remote) => remote.type === 'ftp' && remote.user !== 'anonymous' && copyTo.includes(remote.name),
  );
  const doubts: Warning[] = asking.map(({ name }) => ({
    code: 'password-needed',
    message: `${name} wants a password, and a timer can ask nobody: it makes the backup, and no copy there.`,
    hint: 'Reach it by SFTP with a key, or through a remote of rclone, which keeps its own passwords.',
  }));
  if (kind === 'systemd' && !lingers(host)) {
    doubts.push({
      code: 'only-logged-in',
      message: 'systemd runs this while you are logged in, and not after.',
      hint: 'loginctl enable-linger has it run always.',
    });
  }
  return doubts;
}

/** Every night at midnight, as the page that this program replaces had it, unless the settings say otherwise. */
function wanted(project: Project): ScheduledBackup[] {
  const set = project.settings.schedule ?? [];
  if (set.length > 0) return set;
  return [{ cron: '0 0 * * *', what: project.mediaRoot === undefined ? 'database' : 'all' }];
}

function describe({ cron, what }: ScheduledBackup, now: Date, language: string | undefined) {
  const schedule = readSchedule(cron, systemTimeZone());
  return {
    cron: schedule.expression,
    what,
    words: schedule.words(language),
    next: schedule.next(now).toISOString(),
  };
}

/** cron's own environment is short; a passphrase is never in it, and neither is the password of rclone's configuration. */
function frozenEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['PATH', 'GNUPGHOME', 'XDG_CONFIG_HOME', 'RCLONE_CONFIG'];
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}

function notConfirmed(): BackupError {
  return new BackupError(
    'not-confirmed',
    'Nothing was installed: it was not confirmed.',
    'Confirm it, or pass --yes where nobody can be asked.',
  );
}
