import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readContent } from '../tools/content.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

const passphrase = 'correct horse battery staple';

test('back up from the palette, restore from the side bar, undo: every row is back', async () => {
  const workbench = await openWorkbench();
  const { page, folder, step, screenshot, treeItem, notification, answerDialog } = workbench;
  const database = join(folder, 'db.sqlite3');
  const original = readContent(database);

  await step('see that there is no key', async () => {
    await workbench.openContainer('DB Backup');
    await page.getByRole('button', { name: 'Create Key' }).waitFor();
    await screenshot('welcome-no-key');
  });

  await step('back up, and be led to a first key', async () => {
    await workbench.runCommand('DB Backup: Back Up Database');
    await page.locator('.monaco-dialog-box').waitFor();
    await screenshot('first-backup');
    await answerDialog('Create Key…', 'There is no key');
    await createKey(workbench);
    await answerDialog('Back Up Without It', 'Save the recovery kit of Ada Lovelace');
  });

  await step('see the backup in the side bar', async () => {
    await notification(/Backed up: default-.*encrypted/);
    await treeItem(/^now/).waitFor();
    await screenshot('backed-up');
  });
  const [name = ''] = backupsIn(folder);
  expect(name).toMatch(/^default-.+-\d{4}-\d{2}-\d{2}-\d{6}\.dump\.gpg$/);
  const settings = readFileSync(join(folder, '.vscode/settings.json'), 'utf8');
  expect(settings).toContain('"dbbackup.recipients"');
  expect(settings).toContain('ada@example.org');

  damage(database);
  const damaged = readContent(database);
  expect(damaged).not.toEqual(original);

  await step('leave the passphrase unanswered: nothing happens', async () => {
    await restoreFromTree(workbench);
    await workbench.quickInput.getByText('Ada Lovelace').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.notification-toast').filter({ hasText: 'Restoring' }).waitFor({ state: 'hidden' });
    expect(
      await page
        .locator('.notification-toast')
        .filter({ hasText: /fail|wrong|needed/i })
        .count(),
    ).toBe(0);
  });
  expect(readContent(database)).toEqual(damaged);

  await step('restore with a wrong passphrase first', async () => {
    await restoreFromTree(workbench);
    await workbench.type('not it');
    await workbench.quickInput.getByText('That passphrase is wrong').waitFor();
    await screenshot('wrong-passphrase');
    await workbench.type(passphrase);
  });

  await step('see what will change, and decline', async () => {
    await page
      .locator('.monaco-dialog-box')
      .filter({ hasText: 'Replace the content of db.sqlite3' })
      .waitFor();
    await page
      .locator('.monaco-dialog-box')
      .filter({ hasText: /claims_\w+: \d+ rows now, \d+ after/ })
      .waitFor();
    await screenshot('confirm-restore');
    await answerDialog('Cancel');
  });
  expect(readContent(database)).toEqual(damaged);

  await step('restore', async () => {
    await restoreFromTree(workbench);
    await workbench.type(passphrase);
    await answerDialog('Restore', 'Replace the content of db.sqlite3');
    await notification('db.sqlite3 is restored');
    await screenshot('restored');
  });
  expect(readContent(database)).toEqual(original);

  await step('undo', async () => {
    await workbench.answerNotification('Undo', 'db.sqlite3 is restored');
    await answerDialog('Undo Restore', 'Bring db.sqlite3 back');
    await expect.poll(() => readContent(database), { timeout: 15_000 }).toEqual(damaged);
    await notification('as it was before the restore');
    await screenshot('undone');
  });
  expect(readContent(database)).toEqual(damaged);

  await step('undo the undo', async () => {
    await workbench.runCommand('DB Backup: Undo Last Restore');
    await answerDialog('Undo Restore');
    await expect.poll(() => readContent(database), { timeout: 15_000 }).toEqual(original);
  });
  expect(backupsIn(folder)).toEqual([name]);
  expect(workbench.errors).toEqual([]);
});

test('delete a backup: asked first, then gone from the side bar', async () => {
  const workbench = await openWorkbench({ settings: { 'dbbackup.encrypt': false } });
  const { folder, page, step } = workbench;
  await step('back up plainly, as the setting says', async () => {
    await workbench.openContainer('DB Backup');
    await page.getByRole('button', { name: 'Back Up Database' }).last().click();
    await workbench.notification(/Backed up: .*not encrypted/);
  });
  expect(backupsIn(folder)).toHaveLength(1);
  await step('decline', async () => {
    await workbench.contextMenu(workbench.treeItem(/^now/), 'Delete Backup');
    await workbench.answerDialog('Cancel', 'This cannot be undone');
  });
  expect(backupsIn(folder)).toHaveLength(1);
  await step('delete', async () => {
    await workbench.contextMenu(workbench.treeItem(/^now/), 'Delete Backup');
    await workbench.answerDialog('Delete', 'This cannot be undone');
    await workbench.treeItem(/^now/).waitFor({ state: 'detached' });
  });
  expect(backupsIn(folder)).toEqual([]);
});

/** The files in the backups folder that bear a final name. */
function backupsIn(folder: string): string[] {
  const backups = join(folder, 'backups');
  if (!existsSync(backups)) return [];
  return readdirSync(backups).filter((name) => !name.endsWith('.metadata'));
}

function damage(database: string): void {
  const db = new DatabaseSync(database);
  db.exec('PRAGMA foreign_keys = OFF');
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'claims_%'")
    .all() as { name: string }[];
  for (const { name } of tables) db.exec(`DELETE FROM "${name}" WHERE rowid % 2 = 0`);
  db.close();
}

async function restoreFromTree({ treeItem, contextMenu }: Workbench): Promise<void> {
  await contextMenu(treeItem(/dump|ago|now/i), 'Restore Backup…');
}

/** Answers the seven questions, one of them wrongly, with one step back. */
async function createKey({ page, quickInput, type, quickPick, screenshot, step }: Workbench): Promise<void> {
  const at = (place: string) => quickInput.getByText(`Create Key (${place}/7)`).waitFor();
  await step('name', async () => {
    await at('1');
    await type('Ada Lovelace');
  });
  await step('e-mail address, with a mistake and a step back', async () => {
    await at('2');
    await type('ada');
    await quickInput.getByText('Type an e-mail address.').waitFor();
    await quickInput.getByRole('button', { name: 'Back' }).click();
    await at('1');
    expect(await quickInput.locator('input').first().inputValue()).toBe('Ada Lovelace');
    await page.keyboard.press('Enter');
    await at('2');
    await type('ada@example.org');
  });
  await step('comment', async () => {
    await at('3');
    await type('');
  });
  await step('kind', async () => {
    await at('4');
    await screenshot('create-key-kind');
    await quickPick('Elliptic');
  });
  await step('expiry', async () => {
    await at('5');
    await quickPick('Never');
  });
  await step('passphrase', async () => {
    await at('6');
    await quickInput.locator('input').first().fill('secret');
    await quickInput.getByText('Weak. Several words').waitFor();
    await type(passphrase);
    await at('7');
    await type('something else');
    await quickInput.getByText('The two are not the same.').waitFor();
    await type(passphrase);
  });
}
