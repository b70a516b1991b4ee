import type { Backup } from '../service.ts';

/** Backups of one host and one moment: of one or more databases, and of the media files. */
export interface RestorePoint {
  /** One of each database. */
  databases: Backup[];
  media: Backup;
}

/** The restore points among backups, in the order of their media backups. No backup belongs to two. */
export function findPoints(backups: readonly Backup[]): RestorePoint[] {
  const points = new Map<string, RestorePoint>();
  for (const media of backups.filter(({ kind }) => kind === 'media')) {
    if (!points.has(momentOf(media))) points.set(momentOf(media), { databases: [], media });
  }
  for (const backup of backups.filter(({ kind }) => kind === 'database')) {
    const databases = points.get(momentOf(backup))?.databases;
    if (databases?.every(({ database }) => database !== backup.database)) databases.push(backup);
  }
  return [...points.values()].filter(({ databases }) => databases.length > 0);
}

/** Two servers that back up at midnight, into one folder, are two moments. */
function momentOf({ host, date }: Backup): string {
  return `${date} ${host ?? ''}`;
}
