import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { lowfatBackup, lowfatProject } from './support/lowfat.ts';
import { openWorkbench } from './support/workbench.ts';

const read = (path: string, sql: string) => {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare(sql).all();
  database.close();
  return rows;
};

test('a backup of another host is masked by suggested rules before it is restored', async () => {
  const { folder, home, database } = await lowfatProject();
  const backups = join(folder, 'backups');
  await rename(join(backups, lowfatBackup), join(backups, lowfatBackup.replace('-vm-', '-web1.example-')));
  const people = 'SELECT forenames, surname, email FROM lowfat_claimant ORDER BY id';
  const before = read(database, people);
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem, quickInput } = workbench;

  await step('be offered it in the question', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/encrypted/).waitFor();
    await workbench.contextMenu(treeItem(/encrypted/), 'Restore Backup…');
    await page.locator('.monaco-dialog-box').getByText('This backup was made on web1.example.').waitFor();
    await screenshot('mask-offer');
    await workbench.answerDialog('Suggest Mask Rules and Restore Masked…');
  });
  await step('look through the rules', async () => {
    await quickInput.getByText('auth_user.email', { exact: true }).waitFor();
    await screenshot('mask-rules');
    await page.keyboard.press('Enter');
  });
  await step('see what is masked, and restore', async () => {
    await page
      .locator('.monaco-dialog-box')
      .getByText(/Masked: .*auth_user\.email/)
      .waitFor();
    await screenshot('mask-question');
    await workbench.answerDialog('Restore', 'Replace the content of db.sqlite3');
    await workbench.notification(/columns masked/);
  });
  const after = read(database, people);
  expect(after.length).toBe(before.length);
  for (const [at, person] of after.entries()) {
    expect(person).not.toMatchObject(before[at] ?? {});
    expect(String(person.email)).toMatch(/@example\.com$/);
  }
  expect(read(database, 'PRAGMA foreign_key_check')).toEqual([]);
  expect(workbench.errors).toEqual([]);
});
