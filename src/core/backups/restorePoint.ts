import { BackupError } from '../errors.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Project } from '../project/project.ts';
import type { Backup, RestoreAnswer, RestoreAsk } from '../service.ts';
import type { Task } from '../task.ts';
import { requireMediaRoot } from './createMedia.ts';
import { listBackups } from './list.ts';
import type { Resources } from './resources.ts';
import { type Alongside, restoreDatabase } from './restoreDatabase.ts';
import { restoreMedia } from './restoreMedia.ts';
import { listUndo } from './undo.ts';
import { undoDatabase } from './undoDatabase.ts';
import { undoMedia } from './undoMedia.ts';

/** Backups of one moment: of each database and of the media files. */
export interface RestorePoint {
  databases: Backup[];
  media: Backup;
}

/**
 * Restores database and media of one moment, both or neither: the database is staged and checked first, the media files
 * move in just before its commit, and move back where the commit fails.
 * @throws BackupError no-backups where no restore point is there, and all that the two restores throw
 */
export async function restoreAll(
  ask: RestoreAsk,
  project: Project,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const point = findPoint(await listBackups(project), ask.file);
  if (!point) throw noPoint(project);
  const common = { sessionKeys, dryRun: ask.dryRun === true };
  const mediaRoot = requireMediaRoot(project);
  let next: Alongside = {
    apply: () =>
      restoreMedia(
        {
          ...common,
          file: point.media.path,
          mediaRoot,
          exclude: [project.backupsFolder],
          mode: ask.mode ?? 'replace',
        },
        resources,
        task,
      ),
    takeBack: (answer) => takeBack(answer, resources, task),
  };
  for (const backup of point.databases) {
    const livePath = project.databases.find(({ alias }) => alias === backup.database)?.path;
    if (livePath === undefined) continue;
    const alongside = next;
    const request = {
      ...common,
      file: backup.path,
      livePath,
      keepUndo: ask.undo !== false,
      warnings: [],
      alongside,
    };
    next = {
      apply: () => restoreDatabase(request, resources, task),
      takeBack: (answer) => takeBack(answer, resources, task),
    };
  }
  return next.apply();
}

/** The newest restore point, or the one that a file belongs to: backups whose names carry the same time. */
export function findPoint(backups: Backup[], file: string | undefined): RestorePoint | undefined {
  const wanted = file === undefined ? undefined : backups.find(({ path }) => path === file);
  if (file !== undefined && !wanted) return undefined;
  for (const media of backups.filter(({ kind }) => kind === 'media')) {
    const databases = backups.filter(({ kind, date }) => kind === 'database' && date === media.date);
    const fits = wanted === undefined || wanted.date === media.date;
    if (databases.length > 0 && fits) return { databases, media };
  }
  return undefined;
}

async function takeBack(answer: RestoreAnswer, resources: Resources, task: Task): Promise<void> {
  const [kept] = (await listUndo(resources.home)).filter(({ id }) => id === answer.undo);
  if (!kept) return;
  // The user has agreed to neither half alone: there is nothing to ask.
  const agreed: Task = { ...task, report: task.report, ask: { ...task.ask, confirm: async () => true } };
  if (kept.kind === 'media') await undoMedia(kept, resources, agreed);
  else await undoDatabase(kept, resources, agreed);
}

function noPoint(project: Project): BackupError {
  return new BackupError(
    'no-backups',
    `There is no restore point in ${project.backupsFolder}: no database and media backup of one time.`,
    'Make one with dbbackup backup --all, or restore the two by themselves.',
  );
}
