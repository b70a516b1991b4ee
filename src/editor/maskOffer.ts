import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { findPoints } from '../core/backups/findPoints.ts';
import type { Project } from '../core/project/project.ts';
import type { RestoreAsk } from '../core/service.ts';
import type { Session } from './session.ts';

/**
 * The host that a backup came from where that is another than this one; an empty text where rules for masking are set and
 * nothing tells; undefined where it was made here, or holds no database.
 */
export async function foreignHost(
  session: Session,
  { file, what, database }: Pick<RestoreAsk, 'file' | 'what' | 'database'>,
): Promise<string | undefined> {
  if (what === 'media') return undefined;
  const { project, backups } = await session.facts();
  if (!project) return undefined;
  const newest = backups.find(({ kind, database: alias }) => kind === 'database' && alias === database);
  const backup = file === undefined ? newest : backups.find(({ path }) => path === file);
  const host = backup?.host;
  if (host !== undefined && tellsMachines(project)) return host === project.hostname ? undefined : host;
  const cameFromElsewhere = file !== undefined && dirname(file) !== project.backupsFolder;
  return hasRules(session) || cameFromElsewhere ? '' : undefined;
}

/** A name that the project's settings fix is the same on each machine. */
function tellsMachines({ sources }: Project): boolean {
  return sources.hostname?.kind === 'default';
}

export function hasRules(session: Session): boolean {
  return Object.keys(session.request.settings?.mask ?? {}).length > 0;
}

/** What speaks for masking, in a sentence. */
export function maskReason(host: string): string {
  return host === ''
    ? vscode.l10n.t('If this backup is from another machine, personal data in it can be masked first.')
    : vscode.l10n.t('This backup was made on {0}. Personal data in it can be masked first.', host);
}

export function maskButton(session: Session): string {
  return hasRules(session)
    ? vscode.l10n.t('Restore Masked')
    : vscode.l10n.t('Suggest Mask Rules and Restore Masked…');
}

/** What rules are to be for: a backup, or else a live database. */
export interface MaskSource {
  file?: string;
  database?: string;
}

/** What the rules are to be found in, where there are none yet: the database backup, of a restore point its own. */
export async function maskSource(
  session: Session,
  { file, what, database }: Pick<RestoreAsk, 'file' | 'what' | 'database'>,
): Promise<MaskSource> {
  if (what === 'all') {
    const points = findPoints((await session.facts()).backups);
    const point = file === undefined ? points[0] : points.find(({ media }) => media.path === file);
    const path = point?.databases[0]?.path;
    if (path !== undefined) return { file: path };
  }
  if (file !== undefined) return { file };
  return database === undefined ? {} : { database };
}
