import { join } from 'node:path';
import * as vscode from 'vscode';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import { commands } from '../settings.ts';
import { format } from '../words.ts';
import type { Editor, Handler } from './command.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks'>;

/** *Install Daily Backup…*: the system's own timer makes backups, also with the editor closed. It is shown before. */
export function createInstallSchedule({ service, sessions, tasks }: Parts, extensionPath: string): Handler {
  return async () => {
    const title = vscode.l10n.t('Install Daily Backup');
    const session = await pickSession(sessions, title);
    const runner = { cli: join(extensionPath, 'dist', 'cli.js'), runtimes: [editorRuntime()] };
    const ask = { project: session.request, runner, language: vscode.env.language };
    const answer = await tasks.run({ title, plan: plans.quick }, (task) =>
      service.installSchedules(ask, task),
    );
    const [next] = answer.schedules;
    const remove = vscode.l10n.t('Remove');
    const message = vscode.l10n.t(
      'Backups are scheduled: {0}. Next: {1}',
      next?.words ?? '',
      next ? format.fullMoment(new Date(next.next)) : '',
    );
    void vscode.window.showInformationMessage(message, remove).then((chosen) => {
      return chosen === remove ? vscode.commands.executeCommand(commands.removeSchedule) : undefined;
    });
    return answer;
  };
}

/** The editor's own program runs as Node; on a server it is Node, in a folder that changes with an update. */
function editorRuntime(): { path: string; electron: boolean } {
  return { path: process.execPath, electron: process.versions.electron !== undefined };
}
