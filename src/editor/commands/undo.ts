import * as vscode from 'vscode';
import type { RestoreAnswer } from '../../core/service.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { views } from '../settings.ts';
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
  const name = vscode.workspace.asRelativePath(answer.restored.target);
  void vscode.window.showInformationMessage(vscode.l10n.t('{0} is as it was before the restore.', name));
  return answer;
}
