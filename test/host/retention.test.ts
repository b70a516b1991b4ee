import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { answerPicks, collectMessages, restoreWindow } from './support/window.ts';

describe('choosing what to keep', () => {
  const kept = () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    return vscode.workspace.getConfiguration('dbbackup', folder?.uri).inspect('retention');
  };
  const choose = () => vscode.commands.executeCommand('dbbackup.chooseRetention');
  afterEach(restoreWindow);

  it('writes a rule into the folder’s settings, says that nothing is deleted, and takes it away again', async () => {
    const messages = collectMessages();
    answerPicks(({ label }) => label.startsWith('Days'));
    const days = { keepLast: 3, daily: 7, weekly: 4, monthly: 6 };
    assert.deepEqual(await choose(), days);
    assert.deepEqual(kept()?.workspaceFolderValue ?? kept()?.workspaceValue, days);
    assert.match(messages[0]?.message ?? '', /Nothing is deleted yet/);
    assert.deepEqual(messages[0]?.buttons, ['Prune…']);

    const lists = answerPicks(({ label }) => label.startsWith('All'));
    await choose();
    assert.equal(lists[0]?.find(({ label }) => label.startsWith('Days'))?.description, 'as it is now');
    assert.equal(kept()?.workspaceFolderValue ?? kept()?.workspaceValue, undefined);
    assert.equal(messages.length, 1);
  });

  it('is offered where nothing says what to keep', async () => {
    const messages = collectMessages();
    await vscode.commands.executeCommand('dbbackup.prune');
    assert.deepEqual(messages[0]?.buttons, ['Choose What to Keep…']);
  });
});
