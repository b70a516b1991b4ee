import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lowfatBackup, lowfatProject } from './support/lowfat.ts';
import { accessibilityProblems, webviewWith } from './support/webview.ts';
import { openWorkbench } from './support/workbench.ts';

const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  contrast: 'Default High Contrast',
};

test.each(Object.entries(themes))('browse an encrypted backup (%s)', async (name, theme) => {
  const { folder, home } = await lowfatProject();
  const workbench = await openWorkbench({ folder, home, settings: { 'workbench.colorTheme': theme } });
  const { page, step, screenshot } = workbench;

  const view = await step('open it from the side bar', async () => {
    await workbench.openContainer('DB Backup');
    const row = workbench.treeItem(/encrypted/);
    await row.waitFor();
    await workbench.contextMenu(row, 'Open Backup…');
    return webviewWith(page, '[role=grid]');
  });
  const grid = view.getByRole('grid');
  const option = (table: string) => view.getByRole('option').filter({ hasText: table }).first();

  await step('see the rows of a table', async () => {
    await option('lowfat_claimant').click();
    await view.getByRole('grid', { name: 'Rows of lowfat_claimant' }).waitFor();
    await screenshot(`data-view-${name}`);
  });
  expect(await accessibilityProblems(view)).toEqual([]);

  await step('sort by a column with the keyboard', async () => {
    await grid.getByRole('row').nth(1).getByRole('gridcell').first().click();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await view.locator('th[aria-sort=ascending]').waitFor();
    await page.keyboard.press('Enter');
    await view.locator('th[aria-sort=descending]').waitFor();
  });
  expect(await view.locator('th[aria-sort=descending]:focus').count()).toBe(1);

  await step('read a value whole, and go back to where it was', async () => {
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await view.getByRole('dialog').waitFor();
    await screenshot(`data-view-value-${name}`);
    expect(await accessibilityProblems(view)).toEqual([]);
    await page.keyboard.press('Escape');
    await view.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await view.locator('td:focus').count()).toBe(1);
  });

  await step('copy a value, whole', async () => {
    await view.evaluate(() => {
      const copied: string[] = [];
      const writeText = async (text: string) => void copied.push(text);
      Object.assign(globalThis, { copied });
      Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
    });
    await page.keyboard.press('ControlOrMeta+c');
    const copied = () => view.evaluate(() => (globalThis as unknown as { copied: string[] }).copied);
    await expect.poll(copied).toEqual(['Sophie']);
  });

  await step('filter', async () => {
    await view.getByRole('searchbox').fill('no such text anywhere');
    await view.getByText('No row holds this text.').waitFor();
    await screenshot(`data-view-none-${name}`);
  });
  expect(await accessibilityProblems(view)).toEqual([]);

  const work = join(home, 'work');
  expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
  expect(readdirSync(join(folder, 'backups'))).toEqual([lowfatBackup]);
  expect(workbench.errors).toEqual([]);
});

test('turn pages, sort and filter by the keyboard alone', async () => {
  const { folder, home } = await lowfatProject();
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot } = workbench;
  const view = await step('open it by a click in the explorer', async () => {
    await workbench.openContainer('DB Backup');
    await workbench.treeItem(/encrypted/).waitFor();
    await page.locator('.activitybar').getByRole('tab', { name: 'Explorer' }).click();
    await workbench.treeItem(/^backups$/).click();
    await workbench.treeItem(lowfatBackup).click();
    return webviewWith(page, '[role=grid]');
  });
  const focused = () => view.locator(':focus').evaluate((one) => one.textContent ?? '');
  await step('choose a table by its first letters', async () => {
    await view.locator('[role=option][aria-selected=true]').focus();
    for (const key of ['End', 'd', 'd', 'd', 'd', 'd']) await page.keyboard.press(key);
    await view.getByRole('grid', { name: 'Rows of django_migrations' }).waitFor();
    await view.getByText('Rows 1 to 200 of 216').waitFor();
  });
  await step('go into the rows and on to the next page', async () => {
    for (let presses = 0; presses < 10 && (await view.locator('td:focus, th:focus').count()) === 0; presses++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.press('PageDown');
    await view.getByText('Rows 201 to 216 of 216').waitFor();
    expect(await view.locator('td:focus').count()).toBe(1);
    await page.keyboard.press('PageUp');
    await view.getByText('Rows 1 to 200 of 216').waitFor();
  });
  await step('sort by the name', async () => {
    await page.keyboard.press('ControlOrMeta+Home');
    for (const key of ['ArrowUp', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    expect(await focused()).toMatch(/^name/);
    await page.keyboard.press('Enter');
    await view.locator('th[aria-sort=ascending]:focus').waitFor();
  });
  await step('filter, and leave the box', async () => {
    const box = view.getByRole('searchbox');
    for (let presses = 0; presses < 10 && (await view.locator('input:focus').count()) === 0; presses++)
      await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('claimant');
    expect(await box.inputValue()).toBe('claimant');
    await view.getByText(/^Rows 1 to \d of \d$/).waitFor();
    await screenshot('data-view-keyboard');
  });
  expect(workbench.errors).toEqual([]);
});

test('open a backup into its tables in the side bar, and one of them by a click', async () => {
  const { folder, home } = await lowfatProject();
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem } = workbench;

  await step('see its tables with their rows', async () => {
    await workbench.openContainer('DB Backup');
    const backup = treeItem(/encrypted/);
    await backup.waitFor();
    await backup.click();
    await page.keyboard.press('ArrowRight');
    await treeItem(/^auth_user\s*17 rows/).waitFor();
    await screenshot('tables-in-tree');
  });
  const view = await step('click one', async () => {
    await treeItem(/^auth_user\s*17 rows/).click();
    return webviewWith(page, '[role=grid][aria-label="Rows of auth_user"]');
  });
  await step('click another while it is open', async () => {
    await treeItem(/^django_site\s*1 row/).click();
    await view.getByRole('grid', { name: 'Rows of django_site' }).waitFor();
  });
  expect(workbench.errors).toEqual([]);
});
