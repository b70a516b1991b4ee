import { realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { withLock } from '../files/lock.ts';
import { placeFile } from '../files/placeFile.ts';
import { workFolder } from '../files/privateFolder.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { RestoreAnswer } from '../service.ts';
import type { MaskedColumn, TableChange, Task, Warning } from '../task.ts';
import { changesAgainstLive, compareCounts } from './changes.ts';
import { commitDatabase } from './commitDatabase.ts';
import { confirmRestore } from './confirm.ts';
import { type Masking, maskStaged } from './masking.ts';
import { type GuardedProject, guardMigrations } from './migrationGuard.ts';
import type { Resources } from './resources.ts';
import { settleUndo } from './settleUndo.ts';
import { defaultShape, type Staged, type StageOptions, stageBackup } from './stage.ts';

/** What is restored together with a database: applied before its commit, taken back where that fails. */
export interface Alongside {
  apply(): Promise<RestoreAnswer>;
  takeBack(answer: RestoreAnswer): Promise<void>;
}

export interface DatabaseRestore {
  /** Absolute path of the backup. */
  file: string;
  /** Absolute path of the live database. */
  livePath: string;
  sessionKeys: SessionKeySource;
  dryRun: boolean;
  keepUndo: boolean;
  warnings: Warning[];
  /** A Django project, whose migrations are compared with the backup's. */
  django?: Pick<GuardedProject, 'root' | 'installedApps'> | undefined;
  /** Rules by which personal data is replaced before anything else sees the rows. */
  masking?: Masking | undefined;
  alongside?: Alongside;
}

/**
 * Restores a backup into the live database: decode, authenticate and check in a staging database; show what would
 * change and ask; keep an undo copy; commit under SQLite's locks. Whatever fails before the commit changes nothing.
 */
export async function restoreDatabase(
  request: DatabaseRestore,
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const livePath = await realpath(request.livePath).catch(() => resolve(request.livePath));
  return withLock(resources.home, livePath, `a restore of ${livePath}`, task, async () => {
    await settleUndo(livePath, resources, task);
    await using work = await workFolder(resources.home);
    const staged = await stageFor(livePath, work.path, request, resources, task);
    const depth = request.dryRun || task.ask.detailed ? 'rows' : 'counts';
    const changes = await changesAgainstLive(livePath, staged.path, staged, depth, resources, task);
    const guarded = request.django
      ? await guardMigrations(staged, { ...request.django, livePath, file: request.file }, resources, task)
      : [];
    const warnings = [...request.warnings, ...staged.warnings, ...guarded];
    const masked = staged.masked ? { masked: staged.masked } : {};
    const answer = (undo: string | null, more: Warning[]): RestoreAnswer => ({
      restored: { file: request.file, target: livePath, tables: staged.tables, rows: staged.rows },
      changes,
      undo,
      ...masked,
      warnings: [...warnings, ...more],
    });
    if (request.dryRun) return together(answer(null, []), await request.alongside?.apply());
    const question = { target: livePath, from: basename(request.file), tables: changes, warnings, ...masked };
    await confirmRestore({ action: 'restore', ...question }, task);
    const other = await request.alongside?.apply();
    const commit = {
      stagingPath: staged.path,
      livePath,
      from: basename(request.file),
      keepUndo: request.keepUndo,
    };
    try {
      const { undo, warnings: more } = await commitDatabase(commit, resources, task);
      const plain = undo && staged.masked ? unmaskedUndo(livePath, staged.masked, changes) : [];
      return together(answer(undo?.id ?? null, [...more, ...plain]), other);
    } catch (error) {
      if (other) await request.alongside?.takeBack(other);
      throw error;
    }
  });
}

/** What was there before is kept as it was: whoever masks may not want that. */
function unmaskedUndo(livePath: string, masked: MaskedColumn[], changes: TableChange[]): Warning[] {
  const had = changes.some(({ name, rowsNow }) => rowsNow && masked.some(({ table }) => table === name));
  if (!had) return [];
  return [
    {
      code: 'undo-not-masked',
      message: `The undo copy holds what ${basename(livePath)} held before, as it was: it is not masked.`,
      hint: 'It goes after 7 days, or at once with Purge Undo Copies… (dbbackup undo --purge).',
    },
  ];
}

/** One answer for what was restored together; the undo copy is the database's, which the others are linked to. */
function together(answer: RestoreAnswer, other: RestoreAnswer | undefined): RestoreAnswer {
  if (!other) return answer;
  const { files = other.files } = answer;
  return {
    ...answer,
    ...(files ? { files } : {}),
    also: [other.restored.target, ...(other.also ?? [])],
    changes: [...answer.changes, ...other.changes],
    warnings: [...answer.warnings, ...other.warnings],
  };
}

/** Restores a backup into a file that does not exist yet. */
export async function restoreInto(
  request: Pick<DatabaseRestore, 'file' | 'sessionKeys' | 'masking'> & { into: string },
  resources: Resources,
  task: Task,
): Promise<RestoreAnswer> {
  const target = resolve(request.into);
  if (await stat(target).catch(() => undefined)) throw targetExists(target);
  const engine = await resources.engine();
  await using work = await workFolder(resources.home);
  const { sessionKeys } = request;
  const options = { folder: work.path, shape: defaultShape, keepPageSize: false, sessionKeys, engine };
  const staged = await stageMasked(request, options, task);
  try {
    await placeFile(staged.path, target, task.signal, (done) =>
      task.report({ phase: 'writing', done, total: staged.bytes, unit: 'bytes' }),
    );
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? targetExists(target) : error;
  }
  return {
    restored: { file: request.file, target, tables: staged.tables, rows: staged.rows },
    changes: compareCounts({ tables: 0, rows: 0, tableRows: [] }, staged),
    undo: null,
    ...(staged.masked ? { masked: staged.masked } : {}),
    warnings: staged.warnings,
  };
}

async function stageFor(
  livePath: string,
  folder: string,
  request: DatabaseRestore,
  resources: Resources,
  task: Task,
): Promise<MaskedStage> {
  const engine = await resources.engine();
  const shape = await engine.shapeOf(livePath);
  const keepPageSize = shape?.wal === true;
  const { sessionKeys } = request;
  return stageMasked(
    request,
    { folder, shape: shape ?? defaultShape, keepPageSize, sessionKeys, engine },
    task,
  );
}

type MaskedStage = Staged & { masked?: MaskedColumn[] };

async function stageMasked(
  { file, masking }: Pick<DatabaseRestore, 'file' | 'masking'>,
  options: StageOptions,
  task: Task,
): Promise<MaskedStage> {
  const staged = await stageBackup(file, options, task);
  return masking ? maskStaged(staged, masking, options, task) : staged;
}

function targetExists(target: string): BackupError {
  return new BackupError(
    'target-exists',
    `${target} exists already.`,
    'Name a file that does not exist yet.',
  );
}
