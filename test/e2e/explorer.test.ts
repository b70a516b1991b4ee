import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { cliIn } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { copySample } from '../tools/sample.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

async function sampleWithTwoBackups() {
  const scratch = await scratchFolder();
  const folder = join(scratch, 'sample');
  await copySample(folder);
  await mkdir(join(folder, '.vscode'));
  await writeFile(join(folder, '.vscode/settings.json'), '{ "dbbackup.encrypt": false }');
  const cli = cliIn(scratch);
  await cli('--project', folder, 'backup', '--trust');
  await cli('--project', folder, 'backup', '--trust');
  return { folder, home: join(scratch, 'home') };
}

test('the explorer’s menu has one entry, behind which is what can be done with the selection', async () => {
  const { folder, home } = await sampleWithTwoBackups();
  const backups = async () => (await readdir(join(folder, 'backups'))).sort();
  const [older = '', newer = ''] = await backups();
  // The file that a click opens would be revealed later, alone, in the place of what is selected.
  const settings = { 'explorer.autoReveal': false };
  const workbench = await openWorkbench({ folder, home, settings });
  const { page, step, screenshot, treeItem } = workbench;
  await workbench.openContainer('DB Backup');
  await treeItem(/not encrypted/).waitFor();
  await page.locator('.activitybar').getByRole('tab', { name: 'Explorer' }).click();

  await step('back up the database under the pointer', async () => {
    expect(await entriesOf(workbench, treeItem('db.sqlite3'))).toEqual(['Back Up Database', 'Encrypt File…']);
    await choose(workbench, 'Back Up Database');
    await workbench.notification(/Backed up: default-/);
    expect(await backups()).toHaveLength(3);
  });
  await step('check all backups of the folder', async () => {
    expect(await entriesOf(workbench, treeItem(/^backups$/))).toEqual([
      'Back Up Everything',
      'Verify All Backups',
      'Prune…',
    ]);
    await choose(workbench, 'Verify All Backups');
    await workbench.notification('Nothing wrong was found: 3 backups');
  });
  await step('check two that are selected', async () => {
    await treeItem(/^backups$/).click();
    await treeItem(older).click();
    await treeItem(newer).click({ modifiers: ['ControlOrMeta'] });
    expect(await entriesOf(workbench, treeItem(newer))).toEqual([
      'Compare Two Backups…',
      'Verify Backup',
      'Drill: Restore into a Scratch Database',
    ]);
    await screenshot('explorer-menu');
    await choose(workbench, 'Verify Backup');
    await workbench.notification('Nothing wrong was found: 2 backups');
  });
  await step('leave other files alone', async () => {
    await treeItem('manage.py').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete' }).first().waitFor();
    expect(await page.getByRole('menuitem', { name: 'DB Backup' }).count()).toBe(0);
  });
  expect(workbench.errors).toEqual([]);
});

const submenu = ({ page }: Workbench) => page.locator('.monaco-menu').last();

/** Opens the submenu of a row and reads it. */
async function entriesOf(workbench: Workbench, row: Locator): Promise<string[]> {
  const { page } = workbench;
  const entry = page.getByRole('menuitem', { name: 'DB Backup' });
  // A menu stays as it was when it opened: right after the start it may not know yet what is under the pointer.
  for (let tries = 0; tries < 10; tries++) {
    await row.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete' }).first().waitFor();
    if ((await entry.count()) > 0) break;
    await page.keyboard.press('Escape');
    await page.waitForTimeout(500);
  }
  await entry.hover();
  await page.waitForTimeout(300);
  await entry.click();
  await page.locator('.monaco-submenu').waitFor();
  const labels = await page.locator('.monaco-submenu .action-label').allTextContents();
  return labels.map((label) => label.trim()).filter((label) => label !== '');
}

async function choose(workbench: Workbench, name: string): Promise<void> {
  await workbench.page.waitForTimeout(300);
  await submenu(workbench).getByRole('menuitem', { name }).click();
}
