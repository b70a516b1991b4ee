import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Backup } from '../../core/service.ts';
import type { Session } from '../session.ts';
import { groupBackups } from '../views/groups.ts';
import { groupName, lockIcon, lockWords } from '../views/items.ts';
import { dot, format } from '../words.ts';
import { type Entry, pickMany, pickOne, separator } from './pick.ts';

/** @throws CancellationError, BackupError no-backups */
export async function pickBackup(session: Session, title: string, kind?: Backup['kind']): Promise<Backup> {
  return pickOne(title, vscode.l10n.t('Choose a backup'), await entries(session, kind));
}

/** @throws CancellationError, BackupError no-backups */
export async function pickBackups(session: Session, title: string): Promise<Backup[]> {
  return pickMany(title, vscode.l10n.t('Choose backups'), await entries(session));
}

async function entries(session: Session, kind?: Backup['kind']): Promise<Entry<Backup>[]> {
  const project = await session.project();
  const { backups: all } = await session.facts();
  const backups = all.filter((backup) => kind === undefined || backup.kind === kind);
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
