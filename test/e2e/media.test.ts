import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { readContent } from '../tools/content.ts';
import { root } from '../tools/paths.ts';
import { webviewWith } from './support/webview.ts';
import { openWorkbench } from './support/workbench.ts';

const passphrase = 'correct horse battery staple';

test('back up everything, restore the restore point, undo: database and media go together', async () => {
  const workbench = await openWorkbench({ settings: { 'dbbackup.encrypt': false } });
  const { folder, page, step, screenshot, treeItem, contextMenu, quickPick, answerDialog } = workbench;
  const database = join(folder, 'db.sqlite3');
  const receipt = join(folder, 'upload/receipts/2026/01/train ticket.txt');
  const extra = join(folder, 'upload/extra.txt');
  const state = () => [readContent(database), existsSync(receipt), existsSync(extra)];
  const original = state();

  await step('back up everything', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/./).or(page.getByText('There are no backups')).first().waitFor();
    await workbench.runCommand('DB Backup: Back Up Everything');
    await workbench.notification(/2 backups made/);
    await treeItem('Restore points').waitFor();
    await screenshot('restore-point');
  });

  const db = new DatabaseSync(database);
  db.exec("UPDATE claims_note SET text = 'changed'");
  db.close();
  rmSync(receipt);
  writeFileSync(extra, 'new since');
  const changed = state();
  expect(changed).not.toEqual(original);

  await step('restore the restore point, mirroring the media files', async () => {
    await contextMenu(treeItem(/^now|ago/), 'Restore Backup…');
    await quickPick('Mirror Exactly');
    await page.locator('.monaco-dialog-box').filter({ hasText: 'files in upload' }).waitFor();
    await screenshot('confirm-restore-point');
    await answerDialog('Show Details', 'Files: 1 added, 0 replaced, 1 removed');
    await webviewWith(page, '[role=grid]');
    await page.locator('.tab').filter({ hasText: 'upload.diff' }).click();
    await page.locator('.view-line').filter({ hasText: '- extra.txt' }).waitFor();
    await page.locator('.view-line').filter({ hasText: '+ receipts/2026/01/train ticket.txt' }).waitFor();
    await screenshot('restore-point-details');
    await workbench.answerNotification('Restore', 'Replace the content of db.sqlite3 and files in upload');
    await workbench.notification('db.sqlite3 and upload are restored');
    await screenshot('restored-restore-point');
  });
  expect(state()).toEqual(original);

  await step('undo', async () => {
    await workbench.answerNotification('Undo', 'db.sqlite3 and upload are restored');
    await answerDialog('Undo Restore', 'Bring db.sqlite3 and upload back');
    await expect.poll(state, { timeout: 15_000 }).toEqual(changed);
    await workbench.notification('are as they were before the restore');
  });
  expect(workbench.errors).toEqual([]);
});

test('a media backup opens into its files: look at one, restore one', async () => {
  const workbench = await openWorkbench({ settings: { 'dbbackup.encrypt': false } });
  const { folder, page, step, screenshot, treeItem, contextMenu, answerDialog } = workbench;
  const receipt = join(folder, 'upload/receipts/2026/01/train ticket.txt');
  const photo = join(folder, 'upload/photos/emi.png');
  const original = readFileSync(receipt);

  await step('back up the media files', async () => {
    await workbench.openContainer('DB Backup');
    await workbench.runCommand('DB Backup: Back Up Media');
    await workbench.notification(/Backed up: .*\.tar/);
    await workbench.runCommand('Notifications: Clear All Notifications');
  });
  writeFileSync(receipt, 'overwritten');
  rmSync(photo);

  await step('open it in the tree', async () => {
    await openRow(treeItem(/^now|ago/));
    await openRow(treeItem('receipts'));
    await openRow(treeItem('2026'));
    await openRow(treeItem('01'));
    await treeItem('train ticket.txt').click();
    await page.locator('.editor-instance .view-line').first().waitFor();
    await openRow(treeItem('photos'));
    await treeItem('emi.png').waitFor();
    await screenshot('media-backup-open');
  });
  await step('see a picture that is gone', async () => {
    await treeItem('emi.png').click();
    await page.locator('.tab.active').filter({ hasText: 'emi.png' }).waitFor();
    await page.waitForTimeout(3000);
    await screenshot('media-backup-picture');
  });
  await step('restore one file', async () => {
    await contextMenu(treeItem('train ticket.txt'), 'Restore This File');
    await answerDialog('Restore', 'Files: 0 added, 1 replaced, 0 removed');
    await workbench.notification('upload is restored');
  });
  expect(readFileSync(receipt)).toEqual(original);
  expect(existsSync(photo)).toBe(false);
  expect(workbench.errors).toEqual([]);

  async function openRow(row: ReturnType<typeof treeItem>): Promise<void> {
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) !== 'true') await row.locator('.monaco-tl-twistie').click();
  }
});

test('an encrypted media backup asks for the passphrase; left unanswered, it says so and asks again', async () => {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'dbbackup-e2e-home-')));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await makeKey(home);
  const workbench = await openWorkbench({
    home,
    settings: { 'dbbackup.recipients': ['ada@example.org'] },
  });
  const { page, step, screenshot, treeItem } = workbench;
  await step('back up everything', async () => {
    await workbench.openContainer('DB Backup');
    await workbench.runCommand('DB Backup: Back Up Everything');
    await workbench.notification(/2 backups made: .* encrypted/);
    await workbench.runCommand('Notifications: Clear All Notifications');
  });
  const twistie = (row: ReturnType<typeof treeItem>) => row.locator('.monaco-tl-twistie').click();
  const mediaRow = treeItem('Media files');
  await step('open it, and leave the passphrase unanswered', async () => {
    await twistie(treeItem(/^now|ago/));
    await twistie(mediaRow);
    await workbench.quickInput.getByText('Ada Lovelace').waitFor();
    await page.keyboard.press('Escape');
    await treeItem('Not opened').waitFor();
    await screenshot('media-backup-not-opened');
  });
  await step('close and open it, and answer', async () => {
    await twistie(mediaRow);
    await treeItem('Not opened').waitFor({ state: 'detached' });
    await twistie(mediaRow);
    await workbench.type(passphrase);
    await treeItem('photos').waitFor();
    await screenshot('media-backup-encrypted');
  });
  await step('drag the backup into an editor', async () => {
    await mediaRow.hover();
    await page.mouse.down();
    // The editor says that it takes the drop only after the drag has lasted for a moment.
    for (const x of [500, 700, 800]) {
      await page.mouse.move(x, 400, { steps: 5 });
      await page.waitForTimeout(500);
    }
    await screenshot('dragging');
    await page.mouse.up();
    await page.locator('.tab').filter({ hasText: '.tar.gpg' }).waitFor();
  });
});

async function makeKey(home: string): Promise<void> {
  const file = join(home, 'passphrase');
  writeFileSync(file, passphrase);
  const cli = [join(root, 'dist/cli.js'), 'keys', 'generate', '--name', 'Ada Lovelace'];
  const options = ['--email', 'ada@example.org', '--algorithm', 'ecc', '--passphrase-file', file];
  const env = { ...process.env, DBBACKUP_HOME: home };
  await promisify(execFile)(process.execPath, [...cli, ...options], { env });
  // A key without a copy would be asked about before its first backup.
  const kit = ['keys', 'kit', 'ada@example.org', '-o', join(home, 'kit.html')];
  await promisify(execFile)(process.execPath, [join(root, 'dist/cli.js'), ...kit], { env });
  rmSync(file);
}
