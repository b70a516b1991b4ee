import * as vscode from 'vscode';
import type { RestoreAsk } from '../../core/service.ts';
import { pickOne } from './pick.ts';

export type MediaMode = NonNullable<RestoreAsk['mode']>;

/** How media files meet what is there, the usual way first. @throws CancellationError */
export async function pickMediaMode(title: string): Promise<MediaMode> {
  return pickOne<MediaMode>(title, vscode.l10n.t('How should the backup meet the files that are there?'), [
    {
      label: vscode.l10n.t('Add and Replace'),
      description: vscode.l10n.t('usual'),
      detail: vscode.l10n.t('Files of the backup replace those that differ; other files stay.'),
      value: 'replace',
    },
    {
      label: vscode.l10n.t('Add Missing'),
      detail: vscode.l10n.t('Only what is missing is brought back; every file that is there stays as it is.'),
      value: 'add',
    },
    {
      label: vscode.l10n.t('Mirror Exactly'),
      detail: vscode.l10n.t('As Add and Replace, and files that the backup does not have are removed.'),
      value: 'mirror',
    },
  ]);
}
