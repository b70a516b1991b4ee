import { dirname } from 'node:path';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Project } from '../project/project.ts';
import type { VerifyResult } from '../service.ts';
import type { Task } from '../task.ts';
import { listEntries } from './catalogue.ts';
import { listBackups } from './list.ts';
import type { Resources } from './resources.ts';
import { verifyBackup } from './verify.ts';

const dayMs = 86_400_000;

/** When a backup of this folder was last proved restorable: ISO 8601 in UTC. The backup itself may be gone by now. */
export async function lastGoodDrill(home: string, folder: string): Promise<string | null> {
  const drills = (await listEntries(home)).flatMap(({ path, drill }) =>
    drill?.ok && dirname(path) === folder ? [drill.date] : [],
  );
  return drills.sort().at(-1) ?? null;
}

/**
 * Drills the newest backup of a database where the days of `dbbackup.drillEveryDays` have passed; undefined where they have
 * not. Without a passphrase at hand the result has no check `drill`.
 */
export async function drillDue(
  project: Project,
  sessionKeys: () => Promise<SessionKeySource>,
  resources: Resources,
  task: Task,
): Promise<VerifyResult | undefined> {
  const every = project.settings.drillEveryDays ?? 0;
  if (every <= 0) return undefined;
  const newest = (await listBackups(project)).find(({ kind }) => kind === 'database');
  if (!newest) return undefined;
  const last = await lastGoodDrill(resources.home, project.backupsFolder);
  if (last && resources.now().getTime() - Date.parse(last) < every * dayMs) return undefined;
  return verifyBackup(newest.path, true, await sessionKeys(), resources, task);
}
