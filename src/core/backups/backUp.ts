import { basename, dirname, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { withLock } from '../files/lock.ts';
import type { Database, Project } from '../project/project.ts';
import type { BackupAnswer, BackupAsk, MadeBackup } from '../service.ts';
import type { Task, Warning } from '../task.ts';
import { type Destination, destinationInFolder, extensionOf, freeDate, type Wrapping } from './create.ts';
import { backUpDatabase } from './createDatabase.ts';
import { backUpMedia } from './createMedia.ts';
import { listBackups } from './list.ts';
import type { ContentExtension } from './name.ts';
import type { Resources } from './resources.ts';
import { decideWrapping } from './wrapping.ts';

/** One file to be made. */
interface Piece {
  /** Undefined for media. */
  database: Database | undefined;
  content: ContentExtension;
  wrapping: Wrapping;
}

/**
 * Makes the backups that were asked for, one file each, all with one timestamp.
 * @throws BackupError no-such-database, no-database, no-recipient, media-root-missing, target-exists, busy, …
 */
export async function backUp(
  ask: BackupAsk,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<BackupAnswer> {
  const pieces = await decidePieces(ask, project, resources, task);
  return withLock(
    resources.home,
    project.backupsFolder,
    `a backup into ${project.backupsFolder}`,
    task,
    async () => {
      const now = resources.now();
      const warnings: Warning[] = [...project.warnings, ...(await clockWarnings(project, now))];
      const date = await freeDate(now, (candidate) =>
        pieces.map((piece) => place(piece, ask, project, candidate)),
      );
      const backups: MadeBackup[] = [];
      for (const piece of pieces) {
        const { made, warnings: more } = await makePiece(piece, ask, project, date, resources, task);
        backups.push(made);
        warnings.push(...more);
      }
      return { backups, warnings };
    },
  );
}

async function decidePieces(
  ask: BackupAsk,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const format = ask.format ?? project.format;
  if (ask.what !== 'media') {
    const wrapping = await decideWrapping(ask, project, { compressed: false }, resources, task);
    const content = format === 'dump' ? 'dump' : 'sqlite3';
    for (const database of chooseDatabases(ask.databases, project))
      pieces.push({ database, content, wrapping });
  }
  if (ask.what !== 'database') {
    const content = ask.archive ?? project.archive;
    // Pictures and PDFs are compressed already: packing them again takes eight times as long and gains nothing.
    const wrapping = await decideWrapping(ask, project, { compressed: true }, resources, task);
    pieces.push({ database: undefined, content, wrapping });
  }
  if (ask.output !== undefined && pieces.length > 1) {
    throw new BackupError(
      'usage',
      'One output file cannot hold several backups.',
      'Name one database with -d.',
    );
  }
  return pieces;
}

/** @throws BackupError no-database, no-such-database */
export function chooseDatabases(aliases: string[] | undefined, project: Project): Database[] {
  if (project.databases.length === 0) {
    throw new BackupError(
      'no-database',
      `No SQLite database was found for ${project.root}.`,
      'Run dbbackup detect to see why, or name one in the setting dbbackup.databases.',
    );
  }
  if (!aliases) return project.databases;
  return aliases.map((alias) => {
    const found = project.databases.find((database) => database.alias === alias);
    if (found) return found;
    const known = project.databases.map((database) => database.alias).join(', ');
    throw new BackupError(
      'no-such-database',
      `There is no database ${alias}.`,
      `This project has: ${known}.`,
    );
  });
}

function place(
  { database, content, wrapping }: Piece,
  ask: BackupAsk,
  project: Project,
  date: Date,
): Destination {
  if (ask.output === undefined) {
    return destinationInFolder(project, database?.alias, date, extensionOf(content, wrapping.wraps));
  }
  const path = resolve(project.root, ask.output);
  return { folder: dirname(path), nameFor: (attempt) => (attempt === 0 ? basename(path) : undefined) };
}

async function makePiece(
  piece: Piece,
  ask: BackupAsk,
  project: Project,
  date: Date,
  resources: Resources,
  task: Task,
): Promise<{ made: MadeBackup; warnings: Warning[] }> {
  const destination = place(piece, ask, project, date);
  const { database, content, wrapping } = piece;
  try {
    if (!database) {
      return await backUpMedia(
        content === 'zip' ? 'zip' : 'tar',
        project,
        wrapping,
        destination,
        resources,
        task,
      );
    }
    const format = content === 'dump' ? 'dump' : 'snapshot';
    return await backUpDatabase(database, project, format, wrapping, destination, resources, task);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new BackupError(
      'target-exists',
      `${ask.output} exists already.`,
      'Name a file that does not exist yet.',
    );
  }
}

/** "Newest" goes by the time in names: a clock behind the newest backup would hide what is made now. */
async function clockWarnings(project: Project, now: Date): Promise<Warning[]> {
  const [newest] = await listBackups(project);
  if (!newest || Date.parse(newest.date) <= now.getTime() + 60_000) return [];
  return [
    {
      code: 'clock-behind',
      message: `The clock is behind the newest backup, ${newest.file}.`,
      hint: 'Check the clock: restoring the latest would not take the backup made now.',
    },
  ];
}
