import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Editor, Handler } from './command.ts';

/** *Remove Daily Backup*: takes the project out of the system's timer. */
export function createRemoveSchedule({
  service,
  sessions,
  tasks,
}: Pick<Editor, 'service' | 'sessions' | 'tasks'>): Handler {
  return async () => {
    const title = vscode.l10n.t('Remove Daily Backup');
    const session = await pickSession(sessions, title);
    const answer = await tasks.run({ title, plan: plans.quick }, (task) =>
      service.removeSchedules({ project: session.request }, task),
    );
    void vscode.window.showInformationMessage(
      answer.removed.length > 0
        ? vscode.l10n.t('The daily backup was removed.')
        : vscode.l10n.t('No daily backup was installed.'),
    );
    return answer;
  };
}
