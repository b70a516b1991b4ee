import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation', () => {
  it('activates in a workspace with a Django project', async () => {
    const extension = vscode.extensions.getExtension('dbbackup.vscode-dbbackup');
    assert.ok(extension, 'the extension is not installed in this host');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command that package.json declares', async () => {
    const extension = vscode.extensions.getExtension('dbbackup.vscode-dbbackup');
    const contributes = extension?.packageJSON.contributes as
      | { commands?: { command: string }[] }
      | undefined;
    const declared = (contributes?.commands ?? []).map(({ command }) => command);
    assert.ok(declared.length > 0, 'package.json declares no command');
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
