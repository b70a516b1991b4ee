import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readContent } from '../tools/content.ts';
import { openWorkbench } from './support/workbench.ts';

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
    await answerDialog('Restore', 'Files: 1 added, 0 replaced, 1 removed');
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
