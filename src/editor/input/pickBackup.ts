import * as vscode from 'vscode';
import { findPoints, type RestorePoint } from '../../core/backups/findPoints.ts';
import { BackupError } from '../../core/errors.ts';
import type { Backup } from '../../core/service.ts';
import type { Session } from '../session.ts';
import { groupBackups } from '../views/groups.ts';
import { groupName, lockIcon, lockWords } from '../views/items.ts';
import { partsOf } from '../views/points.ts';
import { dot, format } from '../words.ts';
import { type Entry, pickMany, pickOne, separator } from './pick.ts';

/** @throws CancellationError, BackupError no-backups */
export async function pickBackup(
  session: Session,
  title: string,
  kind?: Backup['kind'],
  except?: string,
): Promise<Backup> {
  return pickOne(title, vscode.l10n.t('Choose a backup'), await entries(session, kind, except));
}

/** A backup, or a restore point where there is one. @throws CancellationError, BackupError no-backups */
export async function pickRestorable(session: Session, title: string): Promise<Backup | RestorePoint> {
  const { backups } = await session.facts();
  const points = findPoints(backups).map(pointEntry);
  return pickOne<Backup | RestorePoint>(title, vscode.l10n.t('Choose a backup'), [
    ...(points.length > 0 ? [separator<RestorePoint>(vscode.l10n.t('Restore points'))] : []),
    ...points,
    ...(await entries(session)),
  ]);
}

/** @throws CancellationError, BackupError no-backups */
export async function pickPoint(session: Session, title: string): Promise<RestorePoint> {
  const { backups } = await session.facts();
  const points = findPoints(backups);
  if (points.length === 0) {
    throw new BackupError(
      'no-backups',
      vscode.l10n.t('There is no restore point: no database and media backup of one time.'),
      vscode.l10n.t('Back Up Everything makes one.'),
    );
  }
  return pickOne(title, vscode.l10n.t('Choose a restore point'), points.map(pointEntry));
}

function pointEntry(point: RestorePoint): Entry<RestorePoint> {
  const parts = partsOf(point);
  const date = new Date(point.media.date);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const now = new Date();
  return {
    label: format.ago(date, now),
    description: [format.bytes(bytes), format.moment(date, now)].join(dot),
    detail: format.list(parts.map(({ file }) => file)),
    iconPath: new vscode.ThemeIcon('layers'),
    value: point,
  };
}

/** @throws CancellationError, BackupError no-backups */
export async function pickBackups(session: Session, title: string): Promise<Backup[]> {
  return pickMany(title, vscode.l10n.t('Choose backups'), await entries(session));
}

async function entries(session: Session, kind?: Backup['kind'], except?: string): Promise<Entry<Backup>[]> {
  const project = await session.project();
  const { backups: all } = await session.facts();
  const backups = all.filter(
    (backup) => (kind === undefined || backup.kind === kind) && backup.path !== except,
  );
  if (backups.length === 0 && except !== undefined) {
    throw new BackupError('no-backups', vscode.l10n.t('There is no other backup to compare with.'));
  }
  if (backups.length === 0) {
    throw new BackupError('no-backups', vscode.l10n.t('There are no backups in {0}.', project.backupsFolder));
  }
  const now = new Date();
  const groups = groupBackups(
    backups,
    project.databases.map(({ alias }) => alias),
  );
  return groups
    .filter((group) => group.backups.length > 0)
    .flatMap((group) => [
      separator<Backup>(groupName(group)),
      ...group.backups.map((backup) => entry(backup, now)),
    ]);
}

function entry(backup: Backup, now: Date): Entry<Backup> {
  const date = new Date(backup.date);
  return {
    label: format.ago(date, now),
    description: [format.bytes(backup.bytes), lockWords(backup), format.moment(date, now)].join(dot),
    detail: backup.file,
    iconPath: lockIcon(backup),
    value: backup,
  };
}
