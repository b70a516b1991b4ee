import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { RestoreAnswer } from '../../core/service.ts';
import { pickOne } from '../input/pick.ts';
import { pickBackup } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { foreignHost, hasRules, maskButton, maskReason } from '../maskOffer.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import type { Editor, Handler } from './command.ts';
import { suggestMaskRules } from './suggestMaskRules.ts';
import { nodeOf, uriOf } from './targets.ts';
import { warningFixes } from './warningFixes.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'notices' | 'data'>;

/** *Restore to New File…*: into a database beside the live one, opened at once. */
export function createRestoreTo(parts: Parts): Handler {
  return async (first): Promise<RestoreAnswer> => {
    const title = vscode.l10n.t('Restore to New File');
    const node = nodeOf(first);
    const uri = uriOf(first);
    const session = node?.session ?? (await pickSession(parts.sessions, title, uri));
    const chosen = async () => (await pickBackup(session, title, 'database')).path;
    const file = node?.type === 'backup' ? node.backup.path : (uri?.fsPath ?? (await chosen()));
    const mask = await askToMask(session, file, title);
    const into = await vscode.window.showSaveDialog({
      title,
      saveLabel: vscode.l10n.t('Restore'),
      defaultUri: vscode.Uri.file(join(session.folder.uri.fsPath, `${stemOf(file)}.sqlite3`)),
      filters: { [vscode.l10n.t('SQLite databases')]: ['sqlite3', 'sqlite', 'db'] },
    });
    if (!into) throw new vscode.CancellationError();
    const work = { title: vscode.l10n.t('Restoring {0}', basename(file)), plan: plans.restore };
    if (mask && !hasRules(session)) await suggestMaskRules(session, { file }, parts);
    const ask = { project: session.request, file, what: 'database', into: into.fsPath, mask } as const;
    const answer = await parts.tasks.run(work, (task) => parts.service.restore(ask, task));
    parts.notices.show(answer.warnings, warningFixes);
    await parts.data.show(answer.restored.target);
    return answer;
  };
}

/** Asks only where the backup is from another machine, or rules are set and nothing tells. */
async function askToMask(session: Session, file: string, title: string): Promise<boolean> {
  const host = await foreignHost(session, { file, what: 'database' });
  if (host === undefined || (host === '' && !hasRules(session))) return false;
  return pickOne<boolean>(title, maskReason(host), [
    { label: maskButton(session), iconPath: new vscode.ThemeIcon('eye-closed'), value: true },
    {
      label: vscode.l10n.t('Restore As It Is'),
      iconPath: new vscode.ThemeIcon('eye'),
      value: false,
    },
  ]);
}

function stemOf(file: string): string {
  return basename(file).replace(/(\.(dump|sql|sqlite3|gz|gpg|asc|pgp))+$/i, '');
}
