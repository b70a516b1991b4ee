import * as assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { BackupAnswer, MadeBackup, RestoreAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { readContent } from '../tools/content.ts';
import { answerPicks, collectMessages, restoreWindow } from './support/window.ts';

/** Through the extension as it is built, its worker and the real core; only dialogs are answered by the test. */
describe('media files, by commands', function () {
  this.timeout(60_000);
  let folder: string;
  let media: string;
  let made: MadeBackup | undefined;

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const encrypt = (value: boolean | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('encrypt', value, vscode.ConfigurationTarget.Workspace);
  const photo = () => join(media, 'photos/emi.png');
  const receipt = () => join(media, 'receipts/2026/01/train ticket.txt');
  const extra = () => join(media, 'extra.txt');

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    media = join(folder, 'upload');
    await encrypt(false);
  });
  after(async () => {
    await encrypt(undefined);
    rmSync(join(folder, 'backups'), { recursive: true, force: true });
    await run(commands.refresh);
  });
  afterEach(restoreWindow);

  it('are backed up, and the message counts them', async () => {
    const shown = collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpMedia);
    [made] = answer?.backups ?? [];
    assert.ok(made, shown[0]?.message);
    assert.match(made.file, /\.tar$/);
    assert.equal(readFileSync(made.path).length, made.bytes);
    assert.match(shown[0]?.message ?? '', /^Backed up: .*\.tar · \d+ files · .* · not encrypted$/);
  });

  it('come back in the way that is picked, after asking, and go back by Undo', async () => {
    const original = { photo: readFileSync(photo()), receipt: readFileSync(receipt()) };
    const damage = () => {
      writeFileSync(photo(), 'not a picture');
      rmSync(receipt(), { force: true });
      writeFileSync(extra(), 'new since');
    };
    const state = () => [
      existsSync(photo()) && readFileSync(photo()).equals(original.photo),
      existsSync(receipt()) && readFileSync(receipt()).equals(original.receipt),
      existsSync(extra()),
    ];
    const expected = {
      'Add Missing': { files: { added: 1, replaced: 0, removed: 0 }, after: [false, true, true] },
      'Add and Replace': { files: { added: 1, replaced: 1, removed: 0 }, after: [true, true, true] },
      'Mirror Exactly': { files: { added: 1, replaced: 1, removed: 1 }, after: [true, true, false] },
    };
    for (const [mode, { files, after }] of Object.entries(expected)) {
      damage();
      const picks = answerPicks(({ label, value }) => label === mode || isMade(value));
      const shown = collectMessages(({ modal, buttons }) =>
        modal ? (buttons.includes('Restore') ? 'Restore' : 'Undo Restore') : undefined,
      );
      const answer = await run<RestoreAnswer>(commands.restoreMedia);
      assert.deepEqual(answer?.files, files, mode);
      assert.deepEqual(state(), after, mode);
      assert.deepEqual(
        picks[1]?.map(({ label }) => label),
        ['Add and Replace', 'Add Missing', 'Mirror Exactly'],
      );
      const [question, result] = shown;
      assert.match(question?.message ?? '', /^Replace files in upload with the backup /);
      assert.match(
        question?.detail ?? '',
        new RegExp(`${files.added} added, ${files.replaced} replaced, ${files.removed} removed`),
      );
      assert.match(result?.message ?? '', /^upload is restored: 1 file added, \d replaced, \d removed\.$/);
      assert.deepEqual(result?.buttons, ['Undo', 'Show Log']);
      await run(commands.undoLastRestore);
      assert.deepEqual(state(), [false, false, true], `undo of ${mode}`);
      restoreWindow();
    }
    rmSync(extra());
    writeFileSync(photo(), original.photo);
    writeFileSync(receipt(), original.receipt);
  });

  it('are listed on request before anything changes, and come back unasked where that is the setting', async () => {
    const original = readFileSync(photo());
    writeFileSync(photo(), 'not a picture');
    writeFileSync(extra(), 'new since');
    answerPicks(({ label, value }) => label === 'Mirror Exactly' || isMade(value));
    let listed = '';
    let shown = collectMessages(({ modal, buttons }) => {
      if (modal) return buttons.includes('Show Details') ? 'Show Details' : 'Undo Restore';
      listed = vscode.window.activeTextEditor?.document.getText() ?? '';
      return buttons.includes('Restore') ? 'Restore' : undefined;
    });
    await run(commands.restoreMedia);
    assert.match(listed, /^What a restore of .*\.tar would change in .*upload\n/);
    assert.match(listed, /\n- extra\.txt\n! photos\/emi\.png\n/);
    assert.deepEqual([readFileSync(photo()).equals(original), existsSync(extra())], [true, false]);
    await run(commands.undoLastRestore);
    restoreWindow();

    const settings = vscode.workspace.getConfiguration('dbbackup');
    await settings.update('confirmRestore', false, vscode.ConfigurationTarget.Workspace);
    answerPicks(({ label, value }) => label === 'Mirror Exactly' || isMade(value));
    shown = collectMessages(({ modal }) => (modal ? 'Undo Restore' : undefined));
    await run(commands.restoreMedia);
    assert.deepEqual([readFileSync(photo()).equals(original), existsSync(extra())], [true, false]);
    const [result, ...more] = shown;
    assert.equal(result?.modal, false);
    assert.match(result?.message ?? '', /^upload is restored: 0 files added, \d replaced, 1 removed\.$/);
    assert.deepEqual(more, []);
    await run(commands.undoLastRestore);
    assert.equal(shown[1]?.modal, true, 'an undo is asked about all the same');
    await settings.update('confirmRestore', undefined, vscode.ConfigurationTarget.Workspace);
    rmSync(extra(), { force: true });
    writeFileSync(photo(), original);
    await run('workbench.action.closeAllEditors');
  });

  it('stay as they are where no way is picked', async () => {
    rmSync(receipt(), { force: true });
    answerPicks(({ value }) => isMade(value));
    const shown = collectMessages();
    assert.equal(await run(commands.restoreMedia), undefined);
    assert.deepEqual(shown, []);
    assert.equal(existsSync(receipt()), false);
  });

  it('are restored from an archive in the explorer, too', async () => {
    assert.ok(made);
    answerPicks(({ label }) => label === 'Add and Replace');
    collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
    const answer = await run<RestoreAnswer>(commands.restoreBackup, vscode.Uri.file(made.path));
    assert.equal(answer?.restored.file && basename(answer.restored.file), made.file);
    assert.equal(existsSync(receipt()), true);
  });

  it('and all databases are backed up together, with one time in their names', async () => {
    const shown = collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpEverything);
    const times = answer?.backups.map(({ file }) => /\d{4}-\d{2}-\d{2}-\d{6}/.exec(file)?.[0]);
    assert.equal(times?.length, 2, shown[0]?.message);
    assert.equal(new Set(times).size, 1);
    assert.match(
      shown[0]?.message ?? '',
      /^2 backups made: default-.*\.dump · \d+ tables · .* rows · .*; .*\.tar · \d+ files/,
    );
  });

  it('come back together with the database from a restore point, and go back together', async () => {
    const both = () => [readContent(join(folder, 'db.sqlite3')), existsSync(receipt())];
    const before = both();
    const backups = (await run<BackupAnswer>(commands.backUpEverything))?.backups ?? [];
    rmSync(receipt());
    const db = new DatabaseSync(join(folder, 'db.sqlite3'));
    db.exec('DELETE FROM claims_note');
    db.close();
    const changed = both();
    answerPicks(({ label }) => label === 'Add and Replace');
    const shown = collectMessages(({ modal, buttons }) => (modal ? buttons[0] : undefined));
    const answer = await run<RestoreAnswer>(commands.restoreBackup, pointOf(backups));
    assert.deepEqual(both(), before);
    assert.deepEqual(answer?.files, { added: 1, replaced: 0, removed: 0 });
    const [question, result, ...more] = shown;
    assert.equal(more.length, 0, 'one question for both');
    assert.match(question?.message ?? '', /^Replace the content of db\.sqlite3 and files in upload with /);
    assert.match(question?.detail ?? '', /claims_note: 0 rows now.*Files: 1 added/s);
    assert.match(result?.message ?? '', /^db\.sqlite3 and upload are restored: .* rows; 1 file added/);

    await run(commands.undoLastRestore);
    assert.deepEqual(both(), changed);
    assert.match(shown.at(-1)?.message ?? '', /^db\.sqlite3 and upload are as they were/);
    await run(commands.undoLastRestore);
    assert.deepEqual(both(), before);
  });

  it('are deleted with the database as one restore point, after asking', async () => {
    const backups = (await run<BackupAnswer>(commands.backUpEverything))?.backups ?? [];
    const exist = () => backups.map(({ path }) => existsSync(path));
    collectMessages();
    await run(commands.deleteBackup, pointOf(backups));
    assert.deepEqual(exist(), [true, true]);
    restoreWindow();
    const shown = collectMessages(({ modal }) => (modal ? 'Delete' : undefined));
    await run(commands.deleteBackup, pointOf(backups));
    assert.deepEqual(exist(), [false, false]);
    assert.match(shown[0]?.detail ?? '', /\.dump\n.*\.tar/);
  });

  /** As the tree hands it over. */
  function pointOf([database, archive]: MadeBackup[]) {
    const session = {
      folder: vscode.workspace.workspaceFolders?.[0],
      request: { folder, settings: { encrypt: false } },
      refresh: async () => undefined,
      facts: async () => ({ backups: [] }),
    };
    return { type: 'point', id: 'point', session, point: { databases: [database], media: archive } };
  }

  function isMade(value: unknown): boolean {
    return typeof value === 'object' && value !== null && 'path' in value && value.path === made?.path;
  }
});
