import * as assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { BackupAnswer, RestoreAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

interface RuleEntry extends vscode.QuickPickItem {
  rule?: [string, unknown];
}

/** Through the extension as it is built, its worker and the real core; only dialogs are answered by the test. */
describe('masking, by commands', function () {
  this.timeout(60_000);
  let database: string;
  let own: string;
  let foreign: string;

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const setting = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration('dbbackup').update(name, value, vscode.ConfigurationTarget.Workspace);
  const rules = () => vscode.workspace.getConfiguration('dbbackup').get<Record<string, unknown>>('mask');
  const emails = () => {
    const opened = new DatabaseSync(database, { readOnly: true });
    const rows = opened.prepare('SELECT email FROM auth_user ORDER BY id').all();
    opened.close();
    return rows.map(({ email }) => String(email));
  };
  /** Ticks what the list has ticked already, as somebody who presses Enter. */
  const acceptTicked = () => {
    const seen: RuleEntry[] = [];
    replace('showQuickPick', async (entries: RuleEntry[]) => {
      seen.push(...entries);
      return entries.filter(({ picked }) => picked);
    });
    return seen;
  };

  before(async () => {
    database = join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', 'db.sqlite3');
    await setting('encrypt', false);
    collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpDatabase);
    restoreWindow();
    own = answer?.backups[0]?.path ?? 'none';
    foreign = join(dirname(own), 'default-web1-2026-03-01-101112.dump');
    copyFileSync(own, foreign);
    await run(commands.refresh);
  });
  after(async () => {
    for (const file of [own, foreign]) rmSync(file, { force: true });
    await setting('encrypt', undefined);
    await setting('mask', undefined);
    await vscode.workspace
      .getConfiguration('dbbackup', vscode.workspace.workspaceFolders?.[0]?.uri)
      .update('mask', undefined, vscode.ConfigurationTarget.WorkspaceFolder);
  });
  afterEach(restoreWindow);

  it('offers nothing for a backup that was made here', async () => {
    const shown = collectMessages(() => undefined);
    await run(commands.restoreBackup, vscode.Uri.file(own));
    assert.deepEqual(shown[0]?.buttons, ['Restore', 'Show Details']);
  });

  it('offers it for one of another host, suggests rules, writes what stays ticked, and says what is masked', async () => {
    const entries = acceptTicked();
    const answers = ['Suggest Mask Rules and Restore Masked…', 'Restore'];
    const shown = collectMessages(({ modal }) => (modal ? answers.shift() : undefined));
    const before = emails();
    const answer = await run<RestoreAnswer>(commands.restoreBackup, vscode.Uri.file(foreign));
    const [first, second] = shown.filter(({ modal }) => modal);
    assert.match(
      first?.detail ?? '',
      /This backup was made on web1\. Personal data in it can be masked first\./,
    );
    assert.ok(entries.some(({ label, picked }) => label === 'auth_user.password' && picked));
    assert.equal(rules()?.['auth_user.email'], 'email');
    assert.match(second?.detail ?? '', /Masked: .*auth_user\.email/);
    assert.deepEqual(second?.buttons, ['Restore', 'Show Details']);
    assert.ok(answer?.masked?.some(({ column }) => column === 'email'));
    const said = shown.map(({ message }) => message);
    assert.ok(
      said.some((message) => /columns masked/.test(message)),
      said.join('\n'),
    );
    for (const email of emails()) {
      assert.match(email, /@example\.com$/);
      assert.equal(before.includes(email), false);
    }
    answers.push('Undo Restore');
    await run(commands.undoLastRestore);
    assert.deepEqual(emails(), before);
  });

  it('masks by the rules that are there, and suggests no more than is missing', async () => {
    const answers = ['Restore Masked'];
    const shown = collectMessages(({ modal }) => (modal ? answers.shift() : undefined));
    await run(commands.restoreBackup, vscode.Uri.file(foreign));
    assert.equal(shown.filter(({ modal }) => modal).length, 2);
    const entries = acceptTicked();
    const before = rules();
    await run(commands.suggestMaskRules);
    assert.equal(
      entries.some(({ label, picked, rule }) => rule && picked && before?.[label] === undefined),
      false,
    );
    assert.deepEqual(rules(), before);
  });
});
