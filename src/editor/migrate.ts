import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { pythonOf } from './python.ts';
import type { Session } from './session.ts';

/**
 * Runs `manage.py migrate` in a terminal.
 * @returns The exit code; undefined where it could not be started or its terminal was closed.
 */
export async function migrate(
  session: Session,
  managePath: string,
  title: string,
): Promise<number | undefined> {
  const cwd = dirname(managePath);
  const python = await pythonOf(session.folder, [cwd, session.folder.uri.fsPath]);
  const execution = new vscode.ProcessExecution(python, [join(cwd, 'manage.py'), 'migrate'], { cwd });
  const task = new vscode.Task({ type: 'process' }, session.folder, title, 'DB Backup', execution, []);
  task.presentationOptions = { focus: true, reveal: vscode.TaskRevealKind.Always };
  const listening: vscode.Disposable[] = [];
  try {
    return await new Promise<number | undefined>((resolve, reject) => {
      listening.push(
        vscode.tasks.onDidEndTaskProcess((end) => {
          if (end.execution.task.name === title) resolve(end.exitCode);
        }),
        // A program that cannot be started has no process to end.
        vscode.tasks.onDidEndTask(({ execution: { task: ended } }) => {
          if (ended.name === title) setTimeout(() => resolve(undefined), 200);
        }),
      );
      vscode.tasks.executeTask(task).then(undefined, reject);
    });
  } finally {
    for (const one of listening) one.dispose();
  }
}
