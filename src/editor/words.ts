import * as vscode from 'vscode';
import type { KeyInfo, RestoreAnswer } from '../core/service.ts';
import type { Phase, Progress } from '../core/task.ts';
import { Format } from './format.ts';

/** Numbers, sizes and dates in the language of the editor. */
export const format = new Format(vscode.env.language);

/** Between facts that stand in one line. */
export const dot = ' · ';

/** What is being done, in a few words, with how much of it is done where that is known. */
export function phaseWords({ phase, done, total, unit, item }: Progress): string {
  const words = item ? `${phaseName(phase)} ${item}` : phaseName(phase);
  if (!done) return words;
  if (total) return `${words} ${format.percent(Math.min(1, done / total))}`;
  if (unit === 'bytes') return `${words} ${format.bytes(done)}`;
  if (unit === 'rows') return `${words} ${rowCount(done)}`;
  return unit === 'files' ? `${words} ${fileCount(done)}` : words;
}

function phaseName(phase: Phase): string {
  switch (phase) {
    case 'reading':
      return vscode.l10n.t('Reading');
    case 'writing':
      return vscode.l10n.t('Writing');
    case 'proving':
      return vscode.l10n.t('Reading the file back');
    case 'decoding':
      return vscode.l10n.t('Opening the backup');
    case 'checking':
      return vscode.l10n.t('Checking');
    case 'masking':
      return vscode.l10n.t('Masking');
    case 'comparing':
      return vscode.l10n.t('Comparing with the database');
    case 'waiting':
      return vscode.l10n.t('Waiting for the database to be free');
    case 'keeping-undo':
      return vscode.l10n.t('Keeping a copy for undo');
    case 'committing':
      return vscode.l10n.t('Replacing the content');
    case 'copying':
      return vscode.l10n.t('Copying');
    case 'generating-key':
      return vscode.l10n.t('Creating the key');
  }
}

/** `1,204 rows`, with the singular where it is one. */
export function rowCount(rows: number): string {
  return rows === 1 ? vscode.l10n.t('1 row') : vscode.l10n.t('{0} rows', format.number(rows));
}

export function tableCount(tables: number): string {
  return tables === 1 ? vscode.l10n.t('1 table') : vscode.l10n.t('{0} tables', format.number(tables));
}

export function fileCount(files: number): string {
  return files === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', format.number(files));
}

/** What a restore did, or would do, to media files. */
export function changedFiles({ added, replaced, removed }: NonNullable<RestoreAnswer['files']>): string {
  return vscode.l10n.t(
    '{0} added, {1} replaced, {2} removed',
    fileCount(added),
    format.number(replaced),
    format.number(removed),
  );
}

export function backupCount(backups: number): string {
  return backups === 1 ? vscode.l10n.t('1 backup') : vscode.l10n.t('{0} backups', format.number(backups));
}

/** The last 16 hex digits, in fours: what people compare. */
export function shortFingerprint(fingerprint: string): string {
  return (fingerprint.slice(-16).match(/.{4}/g) ?? [fingerprint]).join(' ');
}

export function keyName(key: KeyInfo): string {
  return key.userIds[0] ?? shortFingerprint(key.fingerprint);
}

export function expiryWords(key: Pick<KeyInfo, 'expires'>): string {
  if (key.expires === null) return vscode.l10n.t('does not expire');
  const date = new Date(key.expires);
  const day = format.day(date);
  return date.getTime() < Date.now()
    ? vscode.l10n.t('expired on {0}', day)
    : vscode.l10n.t('expires on {0}', day);
}
