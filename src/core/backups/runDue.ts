import { BackupError } from '../errors.ts';
import type { Project, ProjectRequest } from '../project/project.ts';
import type { BackupAnswer, BackupAsk, DueAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import { type MissedBackup, missedBackups, type Plan, readPlan } from './due.ts';
import { readFrozen } from './frozenSettings.ts';
import { listBackups } from './list.ts';
import type { Resources } from './resources.ts';
import { readRuns, runOnce, wasKilled } from './scheduledRuns.ts';

/** The system's timer, where there is one, goes first. */
const timerFirstMs = 2 * 60_000;

export interface DueRequest {
  request: ProjectRequest;
  project: Project;
}

/**
 * Makes the scheduled backups whose time has come, each kind once however many runs were missed. One that failed is tried
 * again at its next time; one that was killed is made up for.
 * @throws what the backup throws; it is noted as the end of that run
 */
export async function runDue(
  { request, project }: DueRequest,
  backup: (ask: BackupAsk, task: Task) => Promise<BackupAnswer>,
  resources: Resources,
  task: Task,
): Promise<DueAnswer> {
  const plan = await readPlan(project, resources.home);
  const answer: BackupAnswer = { backups: [], warnings: [] };
  const settings = plan.frozen === undefined ? request.settings : await readFrozen(plan.frozen);
  const asked: ProjectRequest = { folder: request.folder, ...(settings ? { settings } : {}) };
  const ran = new Set<MissedBackup['what']>();
  for (;;) {
    const next = (await dueNow(plan, project, resources)).find(({ what }) => !ran.has(what));
    if (!next) break;
    const { what, due } = next;
    ran.add(what);
    const made = await runOnce({ root: project.root, what, due }, resources, task, () =>
      backup({ project: asked, what }, task),
    ).catch(unlessBusy);
    answer.backups.push(...(made?.backups ?? []));
    answer.warnings.push(...(made?.warnings ?? []));
    if (made?.pruned) answer.pruned = [...(answer.pruned ?? []), ...made.pruned];
  }
  const now = resources.now();
  const next = plan.entries.map(({ schedule }) => schedule.next(now).getTime());
  const wait = plan.frozen === undefined ? 0 : timerFirstMs;
  return { ...answer, next: next.length > 0 ? new Date(Math.min(...next) + wait).toISOString() : null };
}

/** What backs up everything first: it makes up for its parts. */
async function dueNow(plan: Plan, project: Project, { home, now }: Resources): Promise<MissedBackup[]> {
  const runs = await readRuns(home, project.root);
  const patience = plan.frozen === undefined ? 0 : timerFirstMs;
  const missed = missedBackups(plan, project, await listBackups(project), runs, now(), patience);
  const open = missed.filter(({ what, due }) => {
    const run = runs[what];
    if (!run || wasKilled(run)) return true;
    return run.ok !== undefined && Date.parse(run.date) < due.getTime();
  });
  return open.sort((a, b) => Number(b.what === 'all') - Number(a.what === 'all'));
}

/** Whoever is at work makes it. */
function unlessBusy(error: unknown): undefined {
  if (error instanceof BackupError && error.code === 'busy') return undefined;
  throw error;
}
