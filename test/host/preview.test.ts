import * as assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { OpenedComparison } from '../../src/core/look.ts';
import { commands, comparisonView, customEditors } from '../../src/editor/settings.ts';
import { eventually } from './support/eventually.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

const dump = `BEGIN;
CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
INSERT INTO t VALUES (1, 'eins'), (2, 'zwei');
COMMIT;
`;

/** Through the extension as it is built, its worker and the real core. */
describe('looking into backups, by commands', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;

  const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'dbbackup-preview-'));
    file = join(folder, 'default-host-2026-11-22-000000.dump');
    writeFileSync(file, dump);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    restoreWindow();
    await run('workbench.action.closeAllEditors');
  });

  it('opens one in an editor of its own, once', async () => {
    await run(commands.openBackup, vscode.Uri.file(file));
    await run(commands.openBackup, vscode.Uri.file(file));
    await eventually('its tab is there', () => tabs().length === 1);
    const input = tabs()[0]?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, customEditors.data);
    assert.equal(input.uri.fsPath, file);
  });

  it('leaves dumps to the text editor until it is asked', async () => {
    await run('vscode.open', vscode.Uri.file(file));
    await eventually('its tab is there', () => tabs().length === 1);
    assert.ok(tabs()[0]?.input instanceof vscode.TabInputText);
  });

  it('opens an encrypted one, which no text editor can show, in its own', async () => {
    const encrypted = join(folder, 'default-host-2026-11-22-000000.dump.gpg');
    writeFileSync(encrypted, Buffer.from([0x85, 0x02, 0x0c, 3]));
    await run('vscode.open', vscode.Uri.file(encrypted));
    await eventually('its tab is there', () => tabs().length === 1);
    const input = tabs()[0]?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, customEditors.encrypted);
    await run(commands.openBackup, vscode.Uri.file(encrypted));
    assert.equal(tabs().length, 1);
  });

  it('shows one as SQL that is in no file and cannot be changed', async () => {
    await run(commands.openAsSql, vscode.Uri.file(file));
    const { document } = vscode.window.activeTextEditor ?? assert.fail('no editor');
    assert.match(document.getText(), /INSERT INTO "t"\("id","x"\) VALUES\(1,'eins'\),\(2,'zwei'\);/);
    assert.equal(document.languageId, 'sql');
    assert.equal(vscode.workspace.fs.isWritableFileSystem(document.uri.scheme), undefined);
    assert.equal(document.isDirty, false);
  });

  it('compares with the current database', async () => {
    const opened = await run<OpenedComparison>(commands.compareWithDatabase, vscode.Uri.file(file));
    assert.deepEqual(
      opened?.tables.find(({ name }) => name === 't'),
      {
        name: 't',
        columns: ['id', 'x'],
        key: ['id'],
        rowsBefore: null,
        rowsAfter: 2,
        added: 2,
        removed: 0,
        changed: 0,
        columnsBefore: [],
        columnsAfter: [],
      },
    );
    const isComparison = ({ input }: vscode.Tab) =>
      input instanceof vscode.TabInputWebview && input.viewType.endsWith(comparisonView);
    await eventually('the view is there', () => tabs().some(isComparison));
  });

  it('restores into a new file, opens it, and replaces none', async () => {
    const target = join(folder, 'new.sqlite3');
    replace('showSaveDialog', async () => vscode.Uri.file(target));
    const shown = collectMessages();
    await run(commands.restoreTo, vscode.Uri.file(file));
    const database = new DatabaseSync(target, { readOnly: true });
    assert.equal(database.prepare('SELECT count(*) AS n FROM t').get()?.n, 2);
    database.close();
    await eventually('it is open', () =>
      tabs().some(({ input }) => input instanceof vscode.TabInputCustom && input.uri.fsPath === target),
    );
    copyFileSync(file, target);
    await run(commands.restoreTo, vscode.Uri.file(file));
    assert.match(shown.at(-1)?.message ?? '', /exists already/);
  });
});
