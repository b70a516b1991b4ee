import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { Look } from '../preview/look.ts';
import { format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf } from './targets.ts';

/** So much of it is shown: what the editor still colours without delay. */
const mostBytes = 4 << 20;

/** *Open as SQL*: a backup's content as a read-only document that is in no file. */
export function createOpenAsSql(parts: Pick<Editor, 'service' | 'sessions' | 'tasks' | 'texts'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Open as SQL');
    const node = nodeOf(first);
    const uri = uriOf(first);
    const chosen = async () =>
      pickBackup(node?.session ?? (await pickSession(parts.sessions, title, uri)), title, 'database');
    const path = node?.type === 'backup' ? node.backup.path : (uri?.fsPath ?? (await chosen()).path);
    const look = new Look(path, parts);
    try {
      const { text, cut } = await look.sql(mostBytes);
      const shown = cut ? `${text}${lastLine()}` : text;
      const document = await vscode.workspace.openTextDocument(
        parts.texts.add(`${basename(path)}.sql`, shown),
      );
      return await vscode.window.showTextDocument(document);
    } finally {
      look.dispose();
    }
  };
}

function lastLine(): string {
  const first = vscode.l10n.t('Only the first {0} are shown.', format.bytes(mostBytes));
  return `-- ${first} ${vscode.l10n.t('Decrypt File… and Restore to New File… give all of it.')}\n`;
}
