import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Database, Project } from '../project/project.ts';
import type { Backup, RestoreAnswer, RestoreAsk } from '../service.ts';
import type { Task } from '../task.ts';
import { chooseDatabases } from './backUp.ts';
import { requireMediaRoot } from './createMedia.ts';
import { describeBackup, listBackups } from './list.ts';
import { maskingOf, unmasked } from './masking.ts';
import type { Resources } from './resources.ts';
import { restoreDatabase, restoreInto } from './restoreDatabase.ts';
import { restoreMedia } from './restoreMedia.ts';
import { restoreAll } from './restorePoint.ts';

/**
 * Restores into the project's live database: the file that was named, or the newest backup of it.
 * @throws BackupError no-backups, no-such-file, no-database, no-such-database and all of {@link restoreDatabase}
 */
export async function restoreToProject(
  ask: RestoreAsk,
  project: Project,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  if (ask.what === 'all') return restoreAll(ask, project, sessionKeys, resources, task);
  if (ask.mask && ask.what === 'media') throw mediaIsNotMasked();
  if (ask.what === 'media') return restoreProjectMedia(ask, project, sessionKeys, resources, task);
  const database = await chooseTarget(ask.file, ask.database, project);
  const file = ask.file ?? (await newestOf(database, project)).path;
  const masking = ask.mask ? await maskingOf(project, resources.home, task) : undefined;
  const warnings = ask.mask === undefined ? unmasked(project) : [];
  if (ask.into !== undefined) {
    const answer = await restoreInto({ file, into: ask.into, sessionKeys, masking }, resources, task);
    return { ...answer, warnings: [...warnings, ...answer.warnings] };
  }
  return restoreDatabase(
    {
      file,
      livePath: database.path,
      sessionKeys,
      dryRun: ask.dryRun === true,
      keepUndo: ask.undo !== false,
      warnings,
      django: project.django ? project : undefined,
      masking,
    },
    resources,
    task,
  );
}

function mediaIsNotMasked(): BackupError {
  return new BackupError(
    'usage',
    'Media files cannot be masked: the rules are for columns of a database.',
    'Leave --mask out, or restore the database.',
  );
}

async function restoreProjectMedia(
  ask: RestoreAsk,
  project: Project,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const mediaRoot = requireMediaRoot(project);
  const newest = (await listBackups(project)).find(({ kind }) => kind === 'media');
  const file = ask.file ?? newest?.path;
  if (file === undefined) throw noBackups('the media files', project);
  return restoreMedia(
    {
      file,
      mediaRoot,
      exclude: [project.backupsFolder],
      mode: ask.mode ?? 'replace',
      only: ask.only,
      sessionKeys,
      dryRun: ask.dryRun === true,
    },
    resources,
    task,
  );
}

/** The newest backup of a database: its alias in the name, or any where names do not tell. */
async function newestOf(database: Database, project: Project): Promise<Backup> {
  const backups = (await listBackups(project)).filter(({ kind }) => kind === 'database');
  const only = project.databases.length === 1;
  const newest =
    backups.find((backup) => backup.database === database.alias) ??
    backups.find((backup) => only && backup.database === undefined);
  if (newest) return newest;
  throw noBackups(database.alias, project);
}

function noBackups(what: string, project: Project): BackupError {
  return new BackupError(
    'no-backups',
    `There is no backup of ${what} in ${project.backupsFolder}.`,
    'Make one with dbbackup backup, or name a file.',
  );
}

async function describeGiven(file: string, project: Project): Promise<Backup | undefined> {
  await stat(file).catch((error: unknown) => {
    throw fileProblem(error, file);
  });
  return describeBackup(resolve(file), project);
}

/** The database that was asked for, or the one that the backup's name tells. @throws BackupError no-such-database */
export async function chooseTarget(
  file: string | undefined,
  asked: string | undefined,
  project: Project,
): Promise<Database> {
  const named = file === undefined ? undefined : (await describeGiven(file, project))?.database;
  if (asked !== undefined) return chooseDatabases([asked], project)[0] as Database;
  const all = chooseDatabases(undefined, project);
  const found = all.length === 1 ? all[0] : all.find(({ alias }) => alias === named);
  if (found) return found;
  throw new BackupError(
    'no-such-database',
    `This project has several databases: ${all.map(({ alias }) => alias).join(', ')}.`,
    'Name the one to restore into with -d.',
  );
}
