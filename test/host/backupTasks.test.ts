import * as assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';

describe('the task type dbbackup', () => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const configuration = () => vscode.workspace.getConfiguration('dbbackup', folder?.uri);
  const encrypt = (value: boolean | undefined) =>
    configuration().update('encrypt', value, vscode.ConfigurationTarget.WorkspaceFolder);

  before(() => encrypt(false));
  after(async () => {
    await encrypt(undefined);
    await rm(join(folder?.uri.fsPath ?? '', '.vscode/tasks.json'), { force: true });
  });

  it('offers what the project has', async () => {
    const offered = await vscode.tasks.fetchTasks({ type: 'dbbackup' });
    assert.deepEqual(
      offered.map(({ name, definition }) => [name, definition.what]),
      [
        ['Back Up Database', 'database'],
        ['Back Up Media', 'media'],
        ['Back Up Everything', 'all'],
      ],
    );
  });

  it('makes a backup and ends with 0', async () => {
    const before = await backups();
    const [task] = await vscode.tasks.fetchTasks({ type: 'dbbackup' });
    assert.ok(task);
    assert.equal(await exitOf(task), 0);
    assert.equal((await backups()).length, before.length + 1);
  });

  it('ends with the command line’s exit code where it fails, and leaves nothing', async () => {
    const before = await backups();
    const tasks = [{ type: 'dbbackup', label: 'Of no database', databases: ['nope'] }];
    await vscode.workspace
      .getConfiguration('tasks', folder?.uri)
      .update('tasks', tasks, vscode.ConfigurationTarget.WorkspaceFolder);
    const failing = (await vscode.tasks.fetchTasks()).find(({ name }) => name === 'Of no database');
    assert.ok(failing);
    assert.equal(await exitOf(failing), 2);
    assert.deepEqual(await backups(), before);
  });

  async function backups(): Promise<string[]> {
    const names = await readdir(join(folder?.uri.fsPath ?? '', 'backups')).catch(() => []);
    return names.filter((name) => name.startsWith('default-'));
  }
});

async function exitOf(task: vscode.Task): Promise<number | undefined> {
  const ended = new Promise<number | undefined>((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== task.name) return;
      listening.dispose();
      resolve(exitCode);
    });
  });
  await vscode.tasks.executeTask(task);
  return ended;
}
