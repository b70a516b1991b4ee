import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readContent } from '../tools/content.ts';
import { lowfatProject } from './support/lowfat.ts';
import { accessibilityProblems, webviewWith } from './support/webview.ts';
import { openWorkbench } from './support/workbench.ts';

const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  contrast: 'Default High Contrast',
};

function change(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA foreign_keys = OFF;
    UPDATE lowfat_claimant SET surname = 'Changed', phone = '+0' WHERE id IN (2, 3);
    DELETE FROM lowfat_claimant WHERE id = 5;
    INSERT INTO django_site (domain, name) VALUES ('new.example', 'new');
    CREATE TABLE extra (id INTEGER PRIMARY KEY);`);
  database.close();
}

test.each(Object.entries(themes))('see row by row what a restore would change (%s)', async (name, theme) => {
  const { folder, home, database } = await lowfatProject();
  change(database);
  const workbench = await openWorkbench({ folder, home, settings: { 'workbench.colorTheme': theme } });
  const { page, step, screenshot, treeItem } = workbench;

  const view = await step('compare with the current database', async () => {
    await workbench.openContainer('DB Backup');
    const row = treeItem(/encrypted/);
    await row.waitFor();
    await workbench.contextMenu(row, 'Compare with Current Database');
    return webviewWith(page, '[role=grid]');
  });
  const option = (table: string) => view.getByRole('option').filter({ hasText: table });
  await step('see which tables differ', async () => {
    await option('extra').first().waitFor();
    expect(await view.getByRole('option').count()).toBe(3);
    await option('lowfat_claimant').click();
    await view.getByRole('grid', { name: 'Rows of lowfat_claimant' }).waitFor();
    await screenshot(`comparison-${name}`);
  });
  expect(await view.locator('tr.before, tr.after').count()).toBe(4);
  expect(await view.locator('tr.before td.differs').allTextContents()).toEqual(
    Array(2).fill(['Changed', '+0']).flat(),
  );
  expect(await view.locator('tr.after td.differs').first().textContent()).toBe('Mcdaniel');
  expect(await view.locator('tr.added').count()).toBe(1);
  expect(await accessibilityProblems(view)).toEqual([]);

  await step('read both values of a column', async () => {
    await view.locator('td.differs').first().dblclick();
    await view.getByRole('dialog').waitFor();
    expect(await view.getByRole('dialog').locator('pre').allTextContents()).toEqual(['Changed', 'Mcdaniel']);
    await screenshot(`comparison-value-${name}`);
    expect(await accessibilityProblems(view)).toEqual([]);
    await page.keyboard.press('Escape');
  });

  await step("see the schemas in the editor's own diff", async () => {
    await view.getByRole('button', { name: 'Compare Schemas' }).click();
    await page.locator('.monaco-diff-editor').first().waitFor();
    await page.getByText('CREATE TABLE extra').first().waitFor();
    await screenshot(`comparison-schema-${name}`);
  });

  await step('close it: the copy of the live database goes', async () => {
    expect(readdirSync(join(home, 'work'))).toHaveLength(1);
    await workbench.runCommand('View: Close All Editors');
    const work = join(home, 'work');
    await expect.poll(() => (existsSync(work) ? readdirSync(work) : [])).toEqual([]);
  });
  expect(workbench.errors).toEqual([]);
});

test('a restore shows its details, and is confirmed beside them', async () => {
  const { folder, home, database } = await lowfatProject();
  const original = readContent(database).tables;
  change(database);
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem } = workbench;
  const view = await step('ask for details', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/encrypted/).waitFor();
    await workbench.contextMenu(treeItem(/encrypted/), 'Restore Backup…');
    await workbench.answerDialog('Show Details', 'Replace the content of db.sqlite3');
    return webviewWith(page, '[role=grid]');
  });
  await view.getByRole('option').filter({ hasText: 'lowfat_claimant' }).click();
  await workbench.notification('Replace the content of db.sqlite3');
  await screenshot('restore-details');
  await step('restore', async () => {
    await workbench.answerNotification('Restore', 'Replace the content of db.sqlite3');
    await workbench.notification('db.sqlite3 is restored');
  });
  expect(readContent(database).tables).toEqual(original);
  expect(workbench.errors).toEqual([]);
});

test('read a backup as SQL, and restore it into a new file', async () => {
  const { folder, home, database } = await lowfatProject();
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem } = workbench;
  await step('open it as SQL', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/encrypted/).waitFor();
    await workbench.contextMenu(treeItem(/encrypted/), 'Open as SQL');
    await page.getByText('PRAGMA foreign_keys').first().waitFor();
    await screenshot('as-sql');
  });
  const target = join(folder, 'copy.sqlite3');
  await step('restore into a new file, which is opened', async () => {
    await workbench.contextMenu(treeItem(/encrypted/), 'Restore to New File…');
    const input = workbench.quickInput.locator('input').first();
    // The dialog puts its own proposal in, a moment after it has opened.
    await expect.poll(() => input.inputValue()).toMatch(/\.sqlite3$/);
    await workbench.type(target);
    const view = await webviewWith(page, '[role=grid]');
    await view.getByRole('option').filter({ hasText: 'lowfat_claimant' }).click();
    await view.getByRole('grid', { name: 'Rows of lowfat_claimant' }).waitFor();
    await screenshot('restored-to');
  });
  expect(readContent(target).tables).toEqual(readContent(database).tables);
  expect(workbench.errors).toEqual([]);
});

test('take back a table that was dropped, from the side bar, and undo', async () => {
  const { folder, home, database } = await lowfatProject();
  const original = readContent(database).tables;
  const live = new DatabaseSync(database);
  live.exec(
    "PRAGMA foreign_keys = OFF; DROP TABLE lowfat_blog; UPDATE lowfat_claimant SET surname = 'Changed'",
  );
  live.close();
  const changed = readContent(database).tables;
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem } = workbench;
  await step('open the backup into its tables', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/encrypted/).waitFor();
    await treeItem(/encrypted/).click();
    await page.keyboard.press('ArrowRight');
    await treeItem(/^lowfat_blog\s*9 rows/).waitFor();
  });
  await step('restore one, after a look at what differs', async () => {
    await workbench.contextMenu(treeItem(/^lowfat_blog\s*9 rows/), 'Restore This Table');
    await page.locator('.monaco-dialog-box').getByText('lowfat_blog: new, with 9 rows').waitFor();
    await screenshot('restore-table-question');
    await workbench.answerDialog('Show Details', 'Take 1 table of');
    const view = await webviewWith(page, '[role=grid]');
    await view.getByRole('option').filter({ hasText: 'lowfat_blog' }).first().click();
    await view.getByText('This table is new.').waitFor();
    await view.getByRole('checkbox').nth(8).waitFor();
    await screenshot('restore-table-details');
    await workbench.answerNotification('Take Back', 'Take 1 table of');
    await workbench.notification('Taken back into db.sqlite3: 9 rows.');
  });
  const now = readContent(database).tables;
  expect(now.get('lowfat_blog')).toEqual(original.get('lowfat_blog'));
  expect(now.get('lowfat_claimant')).toEqual(changed.get('lowfat_claimant'));
  await step('undo', async () => {
    await workbench.answerNotification('Undo', 'Taken back into');
    await workbench.answerDialog('Undo Restore', 'Bring db.sqlite3 back');
    await expect.poll(() => readContent(database).tables, { timeout: 15_000 }).toEqual(changed);
  });
  expect(workbench.errors).toEqual([]);
});

test('take back chosen rows of an encrypted backup, and undo', async () => {
  const { folder, home, database } = await lowfatProject();
  const original = readContent(database).tables;
  change(database);
  const changed = readContent(database).tables;
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem } = workbench;

  const data = await step('browse the claimants in the backup', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/encrypted/).waitFor();
    await workbench.contextMenu(treeItem(/encrypted/), 'Open Backup…');
    const view = await webviewWith(page, '[role=grid]');
    await view.getByRole('option').filter({ hasText: 'lowfat_claimant' }).click();
    await view.getByRole('grid', { name: 'Rows of lowfat_claimant' }).waitFor();
    return view;
  });
  expect(await data.getByRole('gridcell', { name: 'Christensen', exact: true }).count()).toBe(1);

  const view = await step('compare with what is there now', async () => {
    await workbench.contextMenu(treeItem(/encrypted/), 'Compare with Current Database');
    const found = await webviewWith(page, 'tr.removed, tr.added, tr.before');
    await found.getByRole('option').filter({ hasText: 'lowfat_claimant' }).click();
    await found.getByRole('checkbox').nth(2).waitFor();
    return found;
  });
  await step('tick one row that was changed by the mouse, the deleted one by the keyboard', async () => {
    await view.getByRole('checkbox').first().click();
    await view.locator('tr.added td').first().click();
    await page.keyboard.press('Space');
    await view.getByRole('button', { name: 'Take Back Ticked Rows (2)' }).waitFor();
    await screenshot('take-back');
  });
  expect(await accessibilityProblems(view)).toEqual([]);

  await step('take them back', async () => {
    await view.getByRole('button', { name: /^Take Back/ }).click();
    await page.locator('.monaco-dialog-box').getByText('lowfat_claimant: 15 rows now, 16 after').waitFor();
    await screenshot('take-back-question');
    await workbench.answerDialog('Take Back', 'Take the ticked rows');
    await workbench.notification('Taken back into db.sqlite3: 2 rows.');
    await view.getByRole('option').filter({ hasText: '1 changed' }).waitFor();
    await screenshot('taken-back');
  });
  const now = readContent(database).tables;
  const claimants = (tables: typeof now) => new Set(tables.get('lowfat_claimant'));
  const [was, before, after] = [claimants(original), claimants(changed), claimants(now)];
  expect([...was].filter((row) => !after.has(row))).toHaveLength(1);
  expect([...after].filter((row) => !was.has(row))).toHaveLength(1);
  expect([...after].filter((row) => !was.has(row) && !before.has(row))).toEqual([]);
  expect([...now].filter(([name]) => name !== 'lowfat_claimant')).toEqual(
    [...changed].filter(([name]) => name !== 'lowfat_claimant'),
  );

  await step('undo', async () => {
    await workbench.answerNotification('Undo', 'Taken back into');
    await workbench.answerDialog('Undo Restore', 'Bring db.sqlite3 back');
    await expect.poll(() => readContent(database).tables, { timeout: 15_000 }).toEqual(changed);
  });
  expect(workbench.errors).toEqual([]);
});
