import { findPoints, type RestorePoint } from '../../core/backups/findPoints.ts';
import type { Backup } from '../../core/service.ts';
import { type Group, groupBackups } from './groups.ts';

/** What the view shows: restore points as one each, and all that is in none of them in its groups. */
export interface Arranged {
  points: RestorePoint[];
  groups: Group[];
}

/** A database all of whose backups are in restore points has no group of its own: "no backups yet" would be wrong. */
export function arrangeBackups(backups: readonly Backup[], aliases: readonly string[]): Arranged {
  const points = findPoints(backups);
  const inPoints = new Set(points.flatMap(partsOf));
  const backedUp = new Set(points.flatMap(({ databases }) => databases.map(({ database }) => database)));
  const only = aliases.length === 1 && backedUp.has(undefined);
  const groups = groupBackups(
    backups.filter((backup) => !inPoints.has(backup)),
    aliases,
  );
  return {
    points,
    groups: groups.filter(({ backups, database }) => backups.length > 0 || !(only || backedUp.has(database))),
  };
}

/** Databases first, then the media files. */
export function partsOf({ databases, media }: RestorePoint): Backup[] {
  return [...databases, media];
}
