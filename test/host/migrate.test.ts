import * as assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { BackupAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { eventually } from './support/eventually.ts';
import { collectMessages, restoreWindow } from './support/window.ts';

describe('Back Up, Then Migrate', function () {
  this.timeout(60_000);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  const said = join(folder, 'said.txt');
  const encrypt = (value: boolean | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('encrypt', value, vscode.ConfigurationTarget.Workspace);
  const run = () =>
    vscode.commands.executeCommand<(BackupAnswer & { exit?: number }) | undefined>(
      commands.backUpThenMigrate,
    );

  before(async function () {
    if (process.platform === 'win32') this.skip();
    await encrypt(false);
  });
  after(async () => {
    await encrypt(undefined);
    await rm(join(folder, '.venv'), { recursive: true, force: true });
    await rm(said, { force: true });
    await rm(join(folder, 'shop'), { recursive: true, force: true });
  });
  afterEach(restoreWindow);

  /** A virtual environment's Python that notes what backups it saw and how it was called. */
  async function python(exit: number): Promise<void> {
    await mkdir(join(folder, '.venv/bin'), { recursive: true });
    const script = `#!/bin/sh\necho "$(ls backups) $(pwd) $@" > said.txt\nexit ${exit}\n`;
    await writeFile(join(folder, '.venv/bin/python'), script, { mode: 0o755 });
  }

  it('has the backup before the migration runs, in the folder of manage.py', async () => {
    await python(0);
    collectMessages();
    const answer = await run();
    assert.equal(answer?.exit, 0);
    const [made] = answer.backups;
    assert.ok(made && existsSync(made.path));
    const words = readFileSync(said, 'utf8');
    assert.ok(words.includes(made.file), words);
    assert.ok(words.includes(`${folder} ${join(folder, 'manage.py')} migrate`), words);
  });

  it('offers the way back where the migration fails', async () => {
    await python(3);
    const shown = collectMessages();
    const answer = await run();
    assert.equal(answer?.exit, 3);
    const failed = () => shown.find(({ message }) => message.startsWith('The migration failed (3).'));
    await eventually('it says so', () => failed() !== undefined);
    assert.deepEqual(failed()?.buttons, ['Restore Backup', 'Compare with Current Database']);
  });

  it('is offered after a restore of what is older than the code', async () => {
    await python(0);
    const database = new DatabaseSync(join(folder, 'db.sqlite3'));
    database.exec(
      'CREATE TABLE IF NOT EXISTS django_migrations (id integer PRIMARY KEY, app text, name text, applied text)',
    );
    database.close();
    const answer = await vscode.commands.executeCommand<BackupAnswer>(commands.backUpDatabase);
    await mkdir(join(folder, 'shop/migrations'), { recursive: true });
    await writeFile(join(folder, 'shop/migrations/__init__.py'), '');
    await writeFile(join(folder, 'shop/migrations/0001_initial.py'), '');
    await rm(said, { force: true });
    const shown = collectMessages(({ buttons }) =>
      buttons.find((button) => button === 'Restore' || button === 'Run Migrate'),
    );
    const file = vscode.Uri.file(answer.backups[0]?.path ?? '');
    await vscode.commands.executeCommand(commands.restoreBackup, file);
    const warned = shown.find(({ message }) => message.includes('shop.0001_initial'));
    assert.ok(warned?.message.includes('python manage.py migrate shop 0001_initial'), JSON.stringify(shown));
    await eventually('the migration has run', () => existsSync(said));
  });
});
