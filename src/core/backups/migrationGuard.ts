import { hashFile } from '../files/hashFile.ts';
import { type AppMigrations, migrationsOnDisk } from '../project/django/migrations.ts';
import type { Connection } from '../sqlite/engine.ts';
import type { Task, Warning } from '../task.ts';
import { readEntry } from './catalogue.ts';
import type { Resources } from './resources.ts';
import type { Staged } from './stage.ts';

/** Where a backup's schema and the code's stand apart in one app. */
export interface MigrationGap {
  app: string;
  /** Migrations that the code has and the backup has not: to be run after the restore. */
  behind: string[];
  /** Migrations that the backup has and the code has not: the code is older, or of another branch. */
  ahead: string[];
}

/** Whom a backup is to fit. */
export interface GuardedProject {
  /** The folder of the Django project. */
  root: string;
  installedApps: string[] | undefined;
  /** Absolute path of the live database. */
  livePath: string;
  /** Absolute path of the backup. */
  file: string;
}

/** What a Django project would meet after the restore of a staged backup: warnings, none where the two fit. */
export async function guardMigrations(
  { path, record }: Pick<Staged, 'path' | 'record'>,
  { root, installedApps, livePath, file }: GuardedProject,
  resources: Resources,
  task: Task,
): Promise<Warning[]> {
  const engine = await resources.engine();
  const applied = await appliedIn(() => engine.openPrivate(path));
  if (!applied) return [];
  const hasLive = installedApps && (await engine.shapeOf(livePath)) !== undefined;
  const live = hasLive ? await appliedIn(() => engine.openSnapshot(livePath, task)) : undefined;
  const onDisk = await migrationsOnDisk(root, task.signal);
  const gaps = [
    ...migrationGaps(applied, onDisk),
    ...(live && installedApps ? missingApps(applied, onDisk, live, installedApps) : []),
  ];
  const newer = gaps.some(({ ahead }) => ahead.length > 0);
  return migrationWarnings(gaps, newer ? await commitOf(file, record, resources, task) : undefined);
}

async function appliedIn(open: () => Promise<Connection>): Promise<Applied | undefined> {
  const connection = await open();
  try {
    return appliedMigrations(connection);
  } finally {
    connection.close();
  }
}

/** A dump says itself at which commit it was made; of other formats the catalogue knows, where it was made here. */
async function commitOf(
  file: string,
  record: Staged['record'],
  { home }: Resources,
  { signal }: Task,
): Promise<string | undefined> {
  const noted = record?.facts.commit;
  if (noted !== undefined) return noted;
  const commit = (await readEntry(home, (await hashFile(file, signal)).sha256))?.facts.commit;
  return typeof commit === 'string' ? commit : undefined;
}

/** Names of applied migrations, by app. */
type Applied = Map<string, Set<string>>;

/** What `django_migrations` says was applied, by app; undefined for a database that Django did not make. */
export function appliedMigrations(connection: Connection): Applied | undefined {
  const columns = [...connection.rows("SELECT name FROM pragma_table_info('django_migrations')")].flat();
  if (!columns.includes('app') || !columns.includes('name')) return undefined;
  const applied = new Map<string, Set<string>>();
  for (const [app, name] of connection.rows('SELECT app, name FROM django_migrations')) {
    const names = applied.get(String(app)) ?? new Set();
    applied.set(String(app), names.add(String(name)));
  }
  return applied;
}

/** Compares what a backup has applied with the migration files on disk, squashed ones as Django takes them. */
export function migrationGaps(applied: Applied, onDisk: AppMigrations[]): MigrationGap[] {
  return onDisk
    .map((app) => gapOf(applied.get(app.app) ?? new Set(), app))
    .filter(({ behind, ahead }) => behind.length > 0 || ahead.length > 0);
}

/** Apps of the backup that the code has not at all: not on disk, not among the installed ones, not in the live database. */
export function missingApps(
  applied: Applied,
  onDisk: AppMigrations[],
  live: Applied,
  installed: string[],
): MigrationGap[] {
  const known = new Set([
    ...onDisk.map(({ app }) => app),
    ...live.keys(),
    ...installed.flatMap((name) => name.split('.')),
  ]);
  return [...applied]
    .filter(([app]) => !known.has(app))
    .map(([app, names]) => ({ app, behind: [], ahead: [...names].sort() }));
}

function gapOf(applied: Set<string>, { app, migrations }: AppMigrations): MigrationGap {
  const known = new Set(migrations.flatMap(({ name, replaces }) => [name, ...replaces]));
  const squashed = migrations.filter(({ name }) => applied.has(name)).flatMap(({ replaces }) => replaces);
  const isApplied = ({ name, replaces }: AppMigrations['migrations'][number]) =>
    applied.has(name) ||
    squashed.includes(name) ||
    (replaces.length > 0 && replaces.every((one) => applied.has(one)));
  return {
    app,
    behind: migrations.filter((migration) => !isApplied(migration)).map(({ name }) => name),
    ahead: [...applied].filter((name) => !known.has(name)).sort(),
  };
}

/**
 * What to say of gaps before a restore, with the command that closes them.
 * @param commit the commit of the code that the backup was made with, where it is known
 */
export function migrationWarnings(gaps: MigrationGap[], commit: string | undefined): Warning[] {
  const diverged = gaps.filter(({ behind, ahead }) => behind.length > 0 && ahead.length > 0);
  const behind = gaps.filter(({ ahead }) => ahead.length === 0);
  const ahead = gaps.filter((gap) => gap.behind.length === 0);
  const newer = commit === undefined ? '' : ` The backup was made at: git checkout ${commit.slice(0, 12)}`;
  return [
    ...warning('behind', behind, {
      message: `The backup lacks migrations that the code has: ${named(behind, 'behind')}.`,
      hint: `After the restore run: ${behind.map(migrate).join(' && ')}`,
    }),
    ...warning('ahead', ahead, {
      message: `The backup has migrations that the code lacks: ${named(ahead, 'ahead')}.`,
      hint: `Bring the code to a state that has them, or the project will not run with this data.${newer}`,
    }),
    ...warning('diverged', diverged, {
      message:
        `The backup's migrations and the code's went different ways. ` +
        `Only the backup has: ${named(diverged, 'ahead')}. Only the code has: ${named(diverged, 'behind')}.`,
      hint: `No migrate command closes this: bring the code to the branch of the backup.${newer}`,
    }),
  ];
}

function warning(kind: string, gaps: MigrationGap[], said: Pick<Warning, 'message' | 'hint'>): Warning[] {
  return gaps.length > 0 ? [{ code: `migrations-${kind}`, ...said }] : [];
}

/** The last of an app's migrations stands for all before it. */
function migrate({ app, behind }: MigrationGap): string {
  return `python manage.py migrate ${app} ${behind.at(-1)}`;
}

const mostNamed = 5;

function named(gaps: MigrationGap[], side: 'behind' | 'ahead'): string {
  const all = gaps.flatMap((gap) => gap[side].map((name) => `${gap.app}.${name}`));
  const more = all.length - mostNamed;
  return all.slice(0, mostNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
