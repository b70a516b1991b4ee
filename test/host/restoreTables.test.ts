import * as assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { BackupAnswer, MadeBackup, RestoreAnswer } from '../../src/core/service.ts';
import { commands, comparisonView } from '../../src/editor/settings.ts';
import { readContent } from '../tools/content.ts';
import { eventually } from './support/eventually.ts';
import { collectMessages, restoreWindow } from './support/window.ts';

/** Through the extension as it is built, its worker and the real core; only dialogs are answered by the test. */
describe('tables of a backup, restored by a command', function () {
  this.timeout(60_000);
  let folder: string;
  let backup: MadeBackup | undefined;

  const database = () => join(folder, 'db.sqlite3');
  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const change = (sql: string) => {
    const opened = new DatabaseSync(database());
    opened.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
    opened.close();
  };
  const encrypt = (value: boolean | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('encrypt', value, vscode.ConfigurationTarget.Workspace);

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await encrypt(false);
    collectMessages();
    backup = (await run<BackupAnswer>(commands.backUpDatabase))?.backups[0];
    restoreWindow();
    assert.ok(backup);
  });
  after(async () => {
    await encrypt(undefined);
    rmSync(join(folder, 'backups'), { recursive: true, force: true });
    await run(commands.refresh);
  });
  afterEach(restoreWindow);

  it('bring those back, one that was dropped too, leave the others, and go back by Undo', async () => {
    const original = readContent(database()).tables;
    change("DROP TABLE claims_note; UPDATE claims_fellow SET phone = 'x'; DELETE FROM django_session");
    const changed = readContent(database()).tables;
    const shown = collectMessages(({ modal, buttons }) => (modal ? buttons[0] : undefined));
    const [note, fellow] = ['claims_note', 'claims_fellow'].map(tableNode);
    const answer = await run<RestoreAnswer>(commands.restoreTables, note, [note, fellow]);
    assert.ok(answer, shown.map(({ message }) => message).join('\n'));
    assert.match(shown[0]?.message ?? '', /^Take 2 tables of default-.*\.dump back into db\.sqlite3\?$/);
    assert.match(shown[0]?.detail ?? '', /claims_note: new, with \d+ rows/);
    assert.match(shown[1]?.message ?? '', /^Taken back into db\.sqlite3: \d+ rows\.$/);
    const now = readContent(database()).tables;
    for (const [name, rows] of original) {
      assert.deepEqual(now.get(name), name === 'django_session' ? changed.get(name) : rows, name);
    }
    await run(commands.undoLastRestore);
    assert.deepEqual(readContent(database()).tables, changed);
    await run(commands.restoreBackup, vscode.Uri.file(backup?.path ?? ''));
    assert.deepEqual(readContent(database()).tables, original);
  });

  it('are compared on request first, and stay as they are where the answer is no', async () => {
    change("UPDATE claims_fellow SET phone = 'x'");
    const changed = readContent(database()).tables;
    const shown = collectMessages(({ modal }) => (modal ? 'Show Details' : 'Cancel'));
    assert.equal(await run(commands.restoreTables, tableNode('claims_fellow')), undefined);
    const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const isComparison = ({ input }: vscode.Tab) =>
      input instanceof vscode.TabInputWebview && input.viewType.endsWith(comparisonView);
    await eventually('the comparison is there', () => tabs().some(isComparison));
    assert.deepEqual(
      shown.map(({ modal }) => modal),
      [true, false],
    );
    assert.deepEqual(readContent(database()).tables, changed);
    await run('workbench.action.closeAllEditors');
  });

  /** As the tree hands it over. */
  function tableNode(name: string) {
    const session = {
      folder: vscode.workspace.workspaceFolders?.[0],
      request: { folder, settings: { encrypt: false } },
      project: async () => ({ databases: [{ alias: 'default', path: database() }] }),
      refresh: async () => undefined,
      facts: async () => ({ backups: [] }),
    };
    const parent = { type: 'backup', id: 'b', session, backup: { ...backup, database: 'default' } };
    return { type: 'table', id: name, session, parent, backup: parent.backup, table: { name, rows: 1 } };
  }
});
