import type { Project } from '../project/project.ts';
import type { Backup, HealthAnswer, HealthProblem } from '../service.ts';
import type { CatalogueEntry } from './catalogue.ts';

/** How many of the backups were copied to each remote of the settings, and when the newest of them was made. */
export function copiesOf(
  project: Project,
  backups: readonly Backup[],
  entries: ReadonlyMap<string, CatalogueEntry>,
): HealthAnswer['copies'] {
  return (project.settings.remotes ?? []).map(({ name }) => {
    const remote = String(name);
    const there = backups.filter(({ path }) => entries.get(path)?.copies?.[remote] !== undefined);
    return { remote, backups: there.length, newest: there[0]?.date ?? null };
  });
}

/** The newest backup of each database, and of the media files, should lie somewhere else too. */
export function copyProblems(
  project: Project,
  backups: readonly Backup[],
  entries: ReadonlyMap<string, CatalogueEntry>,
  scheduled: boolean,
): HealthProblem[] {
  const remotes = (project.settings.remotes ?? []).map(({ name }) => String(name));
  if (backups.length === 0 || (remotes.length === 0 && !scheduled)) return [];
  if (remotes.length === 0) {
    const message = 'All backups lie on this machine alone.';
    return [{ code: 'no-remote', message, hint: 'Set up another place in dbbackup.remotes.' }];
  }
  const to = project.settings.copyTo ?? [];
  const copied = ({ path }: Backup, remote: string) => entries.get(path)?.copies?.[remote] !== undefined;
  const newest = [...new Map([...backups].reverse().map((one) => [seriesOf(one), one])).values()];
  return newest.flatMap((backup) => {
    const missing = to.filter((remote) => !copied(backup, remote));
    const nowhere = !remotes.some((remote) => copied(backup, remote));
    if (missing.length === 0 && !nowhere) return [];
    const where = missing.length > 0 ? `not copied to ${missing.join(', ')}` : 'not copied anywhere';
    const hint =
      to.length > 0 ? 'Copy it with dbbackup remote push.' : 'Name remotes in dbbackup.copyTo, or push it.';
    const { file } = backup;
    const message = `The newest backup, ${file}, is ${where}.`;
    return [{ code: 'not-copied', message, file, remotes: missing, hint }];
  });
}

function seriesOf({ kind, database }: Backup): string {
  return JSON.stringify([kind, database]);
}
