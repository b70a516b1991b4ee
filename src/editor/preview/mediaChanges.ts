import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ConfirmQuestion } from '../../core/task.ts';
import { changedFiles, format } from '../words.ts';
import type { VirtualTexts } from './virtualTexts.ts';

/** Lists the media files that a restore would change, in the form and the colours of a diff. */
export async function showMediaChanges(
  { files, target, also, from }: ConfirmQuestion,
  texts: VirtualTexts,
): Promise<void> {
  if (!files?.paths) return;
  const { added, replaced, removed } = files.paths;
  const lines = [
    ...removed.map((path) => `- ${oneLine(path)}`),
    ...replaced.map((path) => `! ${oneLine(path)}`),
    ...added.map((path) => `+ ${oneLine(path)}`),
  ];
  const more = files.added + files.replaced + files.removed - lines.length;
  const root = also ?? target;
  const text = [
    vscode.l10n.t('What a restore of {0} would change in {1}', from, root),
    changedFiles(files),
    '',
    ...lines,
    ...(more > 0 ? [vscode.l10n.t('and {0} more', format.number(more))] : []),
    '',
  ].join('\n');
  const uri = texts.add(`${basename(root)}.diff`, text);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}

function oneLine(path: string): string {
  return path.replace(/\p{Cc}/gu, '\ufffd');
}
