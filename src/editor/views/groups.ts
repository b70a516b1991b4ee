import type { Backup } from '../../core/service.ts';

/** Backups of one thing: a database by its alias, or the media files. */
export interface Group {
  kind: Backup['kind'];
  /** Undefined for media, and for databases whose name does not tell which. */
  database: string | undefined;
  backups: Backup[];
}

/**
 * Sorts backups into groups: the project's databases in their order (also those without a backup), then other
 * databases, then media. Within a group the order stays.
 */
export function groupBackups(backups: readonly Backup[], aliases: readonly string[]): Group[] {
  const others = backups
    .filter(({ kind, database }) => kind === 'database' && !aliases.includes(database ?? ''))
    .map(({ database }) => database);
  // The only database there is must be the one that is meant where a name does not tell.
  const home = aliases.length === 1 ? aliases[0] : undefined;
  const named = [...aliases, ...new Set(others.filter((name) => name !== undefined).sort())];
  const groups: Group[] = named.map((database) => ({
    kind: 'database',
    database,
    backups: backups.filter((one) => one.kind === 'database' && (one.database ?? home) === database),
  }));
  const nameless = backups.filter((one) => one.kind === 'database' && (one.database ?? home) === undefined);
  if (nameless.length > 0) groups.push({ kind: 'database', database: undefined, backups: nameless });
  const media = backups.filter(({ kind }) => kind === 'media');
  if (media.length > 0) groups.push({ kind: 'media', database: undefined, backups: media });
  return groups;
}
