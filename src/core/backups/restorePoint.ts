import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Project } from '../project/project.ts';
import type { Backup, RestoreAnswer, RestoreAsk } from '../service.ts';
import { type Task, type Warning, withMediaShown } from '../task.ts';
import { type Awaited, commitMark } from './commitMark.ts';
import { requireMediaRoot } from './createMedia.ts';
import { findPoints, type RestorePoint } from './findPoints.ts';
import { listBackups } from './list.ts';
import { maskingOf, unmasked } from './masking.ts';
import type { Resources } from './resources.ts';
import { type Alongside, restoreDatabase } from './restoreDatabase.ts';
import { prepareMedia } from './restoreMedia.ts';
import { forgetUndo, linkUndo } from './undo.ts';
import { takeBack } from './undoTogether.ts';

/**
 * Restores database and media of one moment, both or neither: both are staged and checked before anything is asked, the
 * media files move in just before the database's commit, and move back where the commit fails.
 * @throws BackupError no-backups where no restore point is there, and all that the two restores throw
 */
export async function restoreAll(
  ask: RestoreAsk,
  project: Project,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const point = choosePoint(findPoints(await listBackups(project)), ask.file, project);
  const parts = point.databases.map((backup) => ({ backup, livePath: liveOf(backup, project) }));
  const common = { sessionKeys, dryRun: ask.dryRun === true };
  if (ask.mask && parts.length > 1) throw severalToMask(point);
  const masking = ask.mask ? await maskingOf(project, resources.home, task) : undefined;
  const warnings = ask.mask ? [mediaStays()] : ask.mask === undefined ? unmasked(project) : [];
  const mediaRoot = requireMediaRoot(project);
  const media = {
    ...common,
    file: point.media.path,
    mediaRoot,
    exclude: [project.backupsFolder],
    mode: ask.mode ?? 'replace',
  };
  return prepareMedia(media, resources, task, async (prepared) => {
    const undos: string[] = [];
    const steps: (() => Promise<void>)[] = [];
    const takeAllBack = async () => {
      for (const step of steps.splice(0).reverse()) await step();
    };
    let finish = async () => {};
    let next: Alongside = {
      apply: async () => {
        if (common.dryRun) return prepared.answer(null);
        const undo = await prepared.moveIn(await awaitedOf(parts.at(-1)?.livePath, resources, task));
        finish = () => prepared.finish(undo);
        steps.push(() => prepared.takeBack(undo));
        undos.push(undo.id);
        return prepared.answer(undo.id);
      },
      takeBack: takeAllBack,
    };
    for (const [index, { backup, livePath }] of parts.entries()) {
      // The last one wraps the others, so it is the first to ask, and the media files are agreed to with it.
      const isLast = index === parts.length - 1;
      const asking = isLast ? withMediaShown(task, mediaRoot, prepared.files) : task;
      // The others may have to be taken back.
      const keepUndo = ask.undo !== false || !isLast;
      const request = {
        ...common,
        file: backup.path,
        livePath,
        keepUndo,
        warnings: isLast ? warnings : [],
        django: project.django ? project : undefined,
        masking,
        alongside: next,
      };
      next = {
        apply: async () => {
          const answer = await restoreDatabase(request, resources, asking);
          steps.push(() => takeBack(answer.undo, resources, task));
          if (answer.undo !== null) undos.push(answer.undo);
          return answer;
        },
        takeBack: takeAllBack,
      };
    }
    const answer = await next.apply();
    try {
      await finish();
    } catch (error) {
      await takeAllBack();
      throw error;
    }
    if (ask.undo === false) for (const id of undos.slice(1)) await forgetUndo(resources.home, id);
    else await linkUndo(resources.home, undos);
    return answer;
  });
}

/** The database that is committed last: with it, all of it is done. */
async function awaitedOf(
  path: string | undefined,
  resources: Resources,
  task: Task,
): Promise<Awaited | undefined> {
  if (path === undefined) return undefined;
  const database = await realpath(path).catch(() => resolve(path));
  return { database, mark: await commitMark(database, resources, task) };
}

function mediaStays(): Warning {
  return {
    code: 'media-not-masked',
    message: 'The media files are restored as they are: only columns of the database are masked.',
    hint: 'Restore the database alone where the files show people.',
  };
}

function severalToMask({ databases }: RestorePoint): BackupError {
  return new BackupError(
    'usage',
    `This restore point holds ${databases.length} databases, and the mask rules do not say which of them they are for.`,
    'Restore the databases one by one with --mask, then the media files.',
  );
}

/** The newest restore point, or the one that a file belongs to. @throws BackupError no-backups */
function choosePoint(points: RestorePoint[], file: string | undefined, project: Project): RestorePoint {
  const holds = ({ databases, media }: RestorePoint) =>
    [...databases, media].some(({ path }) => path === file);
  const found = file === undefined ? points[0] : points.find(holds);
  if (found) return found;
  throw new BackupError(
    'no-backups',
    file === undefined
      ? `There is no restore point in ${project.backupsFolder}: no database and media backup of one time.`
      : `${basename(file)} belongs to no restore point: there is no other half of the same host and time.`,
    'Make one with dbbackup backup --all, or restore the two by themselves.',
  );
}

/** @throws BackupError no-such-database: a half that has no place to go must not be left out silently */
function liveOf({ file, database }: Backup, { databases }: Project): string {
  const only = databases.length === 1 && database === undefined ? databases[0] : undefined;
  const found = databases.find(({ alias }) => alias === database) ?? only;
  if (found) return found.path;
  throw new BackupError(
    'no-such-database',
    `This project has no database for ${file}, a part of the restore point.`,
    'Restore the parts by themselves.',
  );
}
