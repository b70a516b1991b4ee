import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copySample } from '../tools/sample.ts';
import { openWorkbench } from './support/workbench.ts';

test('an empty window offers to open a folder', async () => {
  const { page, openContainer, screenshot } = await openWorkbench({ folder: null });
  await openContainer('DB Backup');
  await page.getByRole('button', { name: 'Open Folder' }).waitFor();
  await screenshot('welcome-no-folder');
  expect(await page.locator('.sidebar .welcome-view-content .monaco-button').count()).toBe(1);
});

test('a folder without a database lets one be chosen, and has its settings at hand', async () => {
  const { page, openContainer, runCommand, screenshot } = await openWorkbench({
    folder: await emptyFolder(),
  });
  await openContainer('DB Backup');
  await page.getByText('No SQLite database was found').waitFor();
  await screenshot('welcome-no-database');
  await page.getByRole('button', { name: 'Choose Database' }).waitFor();
  await runCommand('DB Backup: Open Settings');
  await page.getByText('SQLite databases to back up').waitFor();
  await screenshot('settings');
});

test('a project that needs no key offers the first backup', async () => {
  const { page, openContainer, screenshot } = await openWorkbench({
    settings: { 'dbbackup.encrypt': false },
  });
  await openContainer('DB Backup');
  await page.getByText('There are no backups of this project yet.').waitFor();
  await screenshot('welcome-no-backups');
});

test('Restricted Mode lists backups and does nothing else', async () => {
  const folder = await sampleWithBackups();
  const workbench = await openWorkbench({ folder, trusted: false });
  const { page, openContainer, treeItem, screenshot } = workbench;
  await openContainer('DB Backup');
  await treeItem('not encrypted').waitFor();
  await page.getByText('Restricted Mode: backups are listed only.').waitFor();
  await treeItem('not encrypted').click({ button: 'right' });
  const menu = page.locator('.monaco-menu');
  await menu.waitFor();
  await screenshot('restricted-mode');
  for (const entry of ['Restore Backup…', 'Delete Backup']) {
    const item = menu.getByRole('menuitem', { name: entry });
    expect([entry, await item.getAttribute('aria-disabled')]).toEqual([entry, 'true']);
  }
});

test('backups appear by themselves, grouped, newest first, and are found by the keyboard', async () => {
  const folder = await sampleWithBackups();
  const { page, openContainer, treeItem, screenshot } = await openWorkbench({ folder });
  await openContainer('DB Backup');
  await treeItem('Media files').waitFor();
  await writeFile(join(folder, 'backups/default-web1-2026-03-01-101112.dump.gpg'), 'x'.repeat(2000));
  await treeItem(/2 kB · encrypted/).waitFor();
  const rows = await page.locator('.sidebar').getByRole('treeitem').allTextContents();
  expect(rows.map((row) => /default|Media|not encrypted|encrypted/.exec(row)?.[0])).toEqual([
    'default',
    'encrypted',
    'not encrypted',
    'Media',
    'not encrypted',
  ]);
  await treeItem(/2 kB · encrypted/).click();
  const focused = page.locator('.sidebar .monaco-list-row.focused');
  expect(await focused.getAttribute('aria-label')).toMatch(/ago, .+, 2 kB, encrypted$/);
  // A click has opened it as well, and it is no real backup.
  await treeItem('Not opened').waitFor();
  await page.keyboard.press('ArrowLeft');
  await treeItem('Not opened').waitFor({ state: 'hidden' });
  await page.keyboard.press('ArrowDown');
  expect(await focused.getAttribute('aria-label')).toMatch(/ago, .+, 1 kB, not encrypted$/);
  await screenshot('backups');
});

async function emptyFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dbbackup-e2e-folder-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function sampleWithBackups(): Promise<string> {
  const folder = join(await emptyFolder(), 'sample');
  await copySample(folder);
  await mkdir(join(folder, 'backups'), { recursive: true });
  await writeFile(join(folder, 'backups/default-web1-2026-02-01-101112.dump'), 'x'.repeat(1000));
  await writeFile(join(folder, 'backups/web1-2026-01-15-101112.tar'), 'x'.repeat(3000));
  return folder;
}
