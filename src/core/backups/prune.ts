import { BackupError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import type { Backup, PruneAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import { deleteBackups } from './deleteBackups.ts';
import { listBackups } from './list.ts';
import { withNotes } from './notes.ts';
import type { Resources } from './resources.ts';
import { planRetention, type RetainedBackup, type RetentionPolicy } from './retention.ts';

/**
 * Removes the backups that the project's retention lets go of, after asking. Without a policy nothing goes.
 * @throws BackupError not-confirmed
 */
export async function prune(
  dryRun: boolean,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<PruneAnswer> {
  const backups = await listBackups(project);
  const plan = planRetention(
    retained(await withNotes(backups, resources.home)),
    policyOf(project),
    resources.now(),
    project.timeZone,
  );
  const files = plan.removed.map(({ file }) => file);
  if (dryRun || files.length === 0) return { kept: plan.kept, removed: plan.removed };
  const agreed = await task.ask.confirm({
    action: 'prune',
    target: project.backupsFolder,
    from: `${plan.kept.length} kept`,
    tables: [],
    files: { added: 0, replaced: 0, removed: files.length },
    warnings: plan.removed.map(({ file, why }) => ({ code: 'removed', message: `${file}: ${why}` })),
  });
  if (!agreed) throw new BackupError('not-confirmed', 'Nothing was removed.', 'Confirm it, or pass --yes.');
  await deleteBackups(files, project);
  return { kept: plan.kept, removed: plan.removed };
}

/** The setting; where there is none, django-dbbackup's DBBACKUP_CLEANUP_KEEP as the project has it. */
function policyOf({ settings, keep, keepMedia }: Project): RetentionPolicy {
  if (settings.retention && Object.keys(settings.retention).length > 0) return settings.retention;
  return {
    ...(keep === undefined ? {} : { keepLast: keep }),
    ...(keepMedia === undefined ? {} : { keepLastMedia: keepMedia }),
  };
}

function retained(backups: readonly Backup[]): RetainedBackup[] {
  return backups.map(({ drill, ...backup }) => ({ ...backup, ...(drill ? { good: drill.ok } : {}) }));
}
