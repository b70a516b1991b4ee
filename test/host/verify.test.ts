import * as assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BackupAnswer, RestoreAnswer, UndoCopy, VerifyResult } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { readContent } from '../tools/content.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

describe('verifying and the history of restores, by commands', function () {
  this.timeout(60_000);
  let database: string;
  const made: string[] = [];
  const setting = (value: boolean | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('encrypt', value, vscode.ConfigurationTarget.Workspace);
  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  /** The backup made last is picked. */
  const pickLast = () =>
    replace(
      'showQuickPick',
      async (entries: { value?: { path?: string } }[], options?: { canPickMany?: boolean }) => {
        const found = entries.find(({ value }) => value?.path === made.at(-1));
        return options?.canPickMany ? (found ? [found] : []) : found;
      },
    );

  before(async () => {
    database = join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', 'db.sqlite3');
    await setting(false);
    collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpDatabase);
    made.push(answer?.backups[0]?.path ?? '');
    restoreWindow();
  });
  after(async () => {
    await setting(undefined);
    for (const path of made) rmSync(path, { force: true });
  });
  afterEach(restoreWindow);

  it('proves a backup restorable, and says which one is damaged', async () => {
    pickLast();
    const shown = collectMessages();
    const good = await run<VerifyResult[]>(commands.drillBackup);
    assert.equal(good?.[0]?.ok, true, JSON.stringify(good));
    assert.match(shown[0]?.message ?? '', /^Proved restorable: default-/);

    const path = made[0] ?? '';
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[changed.length >> 1]! ^= 1;
    writeFileSync(path, changed);
    try {
      const bad = await run<VerifyResult[]>(commands.verifyBackup);
      assert.equal(bad?.[0]?.ok, false, JSON.stringify(bad));
      assert.equal(shown[1]?.kind, 'showErrorMessage');
      assert.match(shown[1]?.message ?? '', /^Damaged: default-/);
    } finally {
      writeFileSync(path, whole);
    }
  });

  it('brings back what was there before a restore that is picked, and purges the copies', async () => {
    const before = readContent(database);
    const shown = collectMessages(({ modal, buttons }) => (modal ? buttons[0] : undefined));
    assert.ok((await run<RestoreAnswer>(commands.restoreLatest))?.undo);
    replace('showQuickPick', async (entries: { value: UndoCopy['id'] }[]) => entries[0]);
    await run(commands.undoHistory);
    assert.deepEqual(readContent(database), before);
    const removed = await run<string[]>(commands.purgeUndo);
    assert.ok((removed?.length ?? 0) > 0, shown.at(-1)?.message);
    await run(commands.undoHistory);
    assert.equal(shown.at(-1)?.message, 'No restore of this project can be undone.');
  });
});
