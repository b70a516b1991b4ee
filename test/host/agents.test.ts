import * as assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import { toolNames } from '../../src/agents/toolNames.ts';
import { asking } from '../../src/editor/languageModelTools.ts';
import { readContent } from '../tools/content.ts';
import { collectMessages, restoreWindow } from './support/window.ts';

/** As the editor's chat calls them; only the confirmation is answered by the test. */
describe('the language model tools', function () {
  this.timeout(60_000);
  let database: string;
  const made: string[] = [];
  const setting = (value: boolean | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('encrypt', value, vscode.ConfigurationTarget.Workspace);

  before(async () => {
    database = join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', 'db.sqlite3');
    await setting(false);
  });
  after(async () => {
    await setting(undefined);
    for (const path of made) rmSync(path, { force: true });
  });
  afterEach(restoreWindow);

  async function call(name: string, input: object = {}) {
    const options = { input, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool(`dbbackup_${name}`, options);
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value);
  }

  it('are all there', () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('dbbackup_'));
    assert.deepEqual(names.sort(), [
      'dbbackup_compare_backup',
      'dbbackup_create_backup',
      'dbbackup_list_backups',
      'dbbackup_restore_backup',
      'dbbackup_verify_backup',
    ]);
  });

  it('have the chat ask before those that write', () => {
    const asked = toolNames.filter((name) => asking(name, {}) !== undefined);
    assert.deepEqual(asked, ['create_backup', 'restore_backup']);
    assert.match(asking('restore_backup', { file: 'a.dump.gpg' })?.join(' ') ?? '', /a\.dump\.gpg.*shown/);
    assert.match(asking('create_backup', { what: 'all' })?.join(' ') ?? '', /media files/);
  });

  it('back up, list and verify', async () => {
    const { backups } = await call('create_backup');
    made.push(backups[0].path);
    assert.equal(backups[0].encrypted, false);
    const listed = await call('list_backups');
    assert.ok(listed.backups.some(({ file }: { file: string }) => file === backups[0].file));
    const { results } = await call('verify_backup', { file: backups[0].file, drill: true });
    assert.equal(results[0].ok, true, JSON.stringify(results));
  });

  it('restore only after the user has seen what would change', async () => {
    const before = readContent(database);
    const connection = new DatabaseSync(database);
    connection.exec('DELETE FROM claims_note');
    connection.close();
    const changed = readContent(database);
    assert.notDeepEqual(changed, before);

    collectMessages();
    const refused = await call('restore_backup');
    assert.equal(refused.error.code, 'not-confirmed');
    assert.deepEqual(readContent(database), changed);

    restoreWindow();
    const shown = collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
    const restored = await call('restore_backup');
    assert.ok(restored.undo, JSON.stringify(restored));
    assert.match(shown[0]?.detail ?? '', /added/);
    assert.deepEqual(readContent(database), before);
  });

  it('take no file from elsewhere', async () => {
    const answer = await call('verify_backup', { file: '/etc/passwd' });
    assert.equal(answer.error.code, 'no-backups');
  });
});
