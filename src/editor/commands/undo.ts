import * as vscode from 'vscode';
import type { RestoreAnswer } from '../../core/service.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { views } from '../settings.ts';
import { format } from '../words.ts';
import type { Editor } from './command.ts';

/** Takes a restore back, the last one where no id is given. */
export async function undoRestore(
  session: Session,
  id: string | undefined,
  { service, tasks }: Pick<Editor, 'service' | 'tasks'>,
): Promise<RestoreAnswer> {
  const title = vscode.l10n.t('Undoing the restore');
  const answer = await tasks.run({ title, plan: plans.undo, view: views.backups }, (task) =>
    service.undo({ project: session.request, ...(id === undefined ? {} : { id }) }, task),
  );
  const targets = [answer.restored.target, ...(answer.also ?? [])];
  const names = targets.map((path) => vscode.workspace.asRelativePath(path));
  const message =
    names.length > 1
      ? vscode.l10n.t('{0} are as they were before the restore.', format.list(names))
      : vscode.l10n.t('{0} is as it was before the restore.', names[0] ?? '');
  void vscode.window.showInformationMessage(message);
  return answer;
}
