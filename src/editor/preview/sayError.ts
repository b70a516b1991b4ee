import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Log } from '../log.ts';

/** What a view says in the place of what it cannot show. */
export function sayError(error: unknown, log: Log): string {
  if (error instanceof vscode.CancellationError) return vscode.l10n.t('This backup was not opened.');
  if (error instanceof BackupError) {
    log.error(`${error.code}: ${error.message}`);
    return [error.message, error.hint].filter(Boolean).join(' ');
  }
  log.error(error instanceof Error ? error : String(error));
  return vscode.l10n.t('DB Backup failed: {0}', error instanceof Error ? error.message : String(error));
}
