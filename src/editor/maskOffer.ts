import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
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

/** Which file the rules are to be found in, where there are none yet. */
export function sourceOf({ file, database }: Pick<RestoreAsk, 'file' | 'database'>): {
  file?: string;
  database?: string;
} {
  if (file !== undefined && /\.(?:dump|sql|sqlite3)/i.test(basename(file))) return { file };
  return database === undefined ? {} : { database };
}
