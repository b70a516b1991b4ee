import { readSchedule, systemTimeZone } from '../schedule/expression.ts';
import type { BackupAnswer, BackupAsk, ScheduledBackup } from '../service.ts';
import type { Task } from '../task.ts';
import { readFrozen } from './frozenSettings.ts';
import type { Resources } from './resources.ts';
import { runOnce } from './scheduledRuns.ts';

export interface TimerRun {
  folder: string;
  /** Where the settings are that the timer was installed with. */
  frozen: string;
  what: ScheduledBackup['what'];
}

/** What the system's timer has come for, unless the editor has made it just now. */
export async function runScheduled(
  { folder, frozen, what }: TimerRun,
  backup: (ask: BackupAsk, task: Task) => Promise<BackupAnswer>,
  resources: Resources,
  task: Task,
): Promise<BackupAnswer> {
  const settings = await readFrozen(frozen);
  const due = lastDue(settings.schedule ?? [], what, resources.now());
  const run = { root: folder, what, due };
  const made = await runOnce(run, resources, task, () =>
    backup({ project: { folder, settings }, what }, task),
  );
  return made ?? { backups: [], warnings: [] };
}

function lastDue(schedule: ScheduledBackup[], what: ScheduledBackup['what'], now: Date): Date | undefined {
  return schedule
    .filter((entry) => entry.what === what)
    .map(({ cron }) => readSchedule(cron, systemTimeZone()).previous(now))
    .filter((date) => date !== undefined)
    .sort((a, b) => a.getTime() - b.getTime())
    .at(-1);
}
