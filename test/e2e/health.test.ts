import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { cliIn } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { copySample } from '../tools/sample.ts';
import { accessibilityProblems, webviewWith } from './support/webview.ts';
import { openWorkbench } from './support/workbench.ts';

const dayMs = 86_400_000;
const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  contrast: 'Default High Contrast',
};

/** The sample with a nightly schedule, a key, and a backup a day for two weeks, the newest made today. */
async function backedUpDaily(more: Record<string, unknown> = {}) {
  const scratch = await scratchFolder();
  const folder = join(scratch, 'sample');
  await copySample(folder);
  const cli = cliIn(scratch);
  const key = ['--name', 'Ops', '--email', 'ops@example.org', '--algorithm', 'ecc', '--no-passphrase'];
  await cli('keys', 'generate', ...key);
  // A key without a copy would be counted on the view's icon, too.
  await cli('keys', 'kit', 'ops@example.org', '-o', join(scratch, 'kit.html'));
  await mkdir(join(folder, '.vscode'), { recursive: true });
  const settings = {
    'dbbackup.recipients': ['ops@example.org'],
    'dbbackup.schedule': [{ cron: '0 0 * * *', what: 'database' }],
    'dbbackup.remotes': [{ name: 'nas', type: 'folder', path: join(scratch, 'nas') }],
    'dbbackup.copyTo': ['nas'],
    // Or the editor would make up for what is missed.
    'dbbackup.runSchedule': false,
    ...more,
  };
  await mkdir(join(scratch, 'nas'));
  await writeFile(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  const made = await cli('--project', folder, 'backup', '--trust', '--json');
  const newest = made.json.backups[0]?.path ?? '';
  expect(newest, made.stdout + made.stderr).not.toBe('');
  await cli('--project', folder, 'verify', '--drill', newest);
  const bytes = await readFile(newest);
  for (let days = 1; days <= 14; days++) {
    const date = new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);
    const name = basename(newest).replace(/\d{4}-\d\d-\d\d-\d{6}/, `${date}-000000`);
    await writeFile(join(newest, '..', name), Buffer.concat([bytes, Buffer.alloc((14 - days) * 40)]));
  }
  return { folder, home: join(scratch, 'home'), newest, aside: join(scratch, 'aside') };
}

test.each(Object.entries(themes))('health before and after a missed run (%s)', async (name, theme) => {
  const { folder, home, newest, aside } = await backedUpDaily();
  const workbench = await openWorkbench({ folder, home, settings: { 'workbench.colorTheme': theme } });
  const { page, step, screenshot } = workbench;
  const item = page
    .locator('.statusbar-item')
    .filter({ has: page.locator('.codicon-archive, .codicon-warning') });

  const view = await step('open the page from the status bar', async () => {
    await workbench.openContainer('DB Backup');
    const age = item.filter({ hasText: /ago|now/ });
    await age.waitFor();
    await age.locator('a').click();
    return webviewWith(page, '.health');
  });
  expect(await view.getByText('Missed').count()).toBe(0);
  expect(await view.getByRole('img').count()).toBe(1);
  expect(await view.getByText('missed').count()).toBe(0);
  await screenshot(`health-before-${name}`);
  expect(await accessibilityProblems(view)).toEqual([]);

  await step('see that a run was missed', async () => {
    // The two newest are gone: last night's run is as if it had not been.
    await copyFile(newest, aside);
    await rm(newest);
    const yesterday = new Date(Date.now() - dayMs).toISOString().slice(0, 10);
    await rm(newest.replace(/\d{4}-\d\d-\d\d-\d{6}/, `${yesterday}-000000`));
    await view.getByText(/missed/).waitFor();
    await workbench.notification(/missed/);
    await page.locator('.activitybar .badge-content').filter({ hasText: /^1$/ }).waitFor();
    await screenshot(`health-after-${name}`);
  });
  expect(await accessibilityProblems(view)).toEqual([]);

  await step('make up for it by its button', async () => {
    await view.getByRole('button', { name: 'Back Up Now' }).first().click();
    await view.getByText(/missed/).waitFor({ state: 'detached' });
  });
  expect(workbench.errors).toEqual([]);
});

test('label and pin a backup, and prune the others with a look at what goes and why', async () => {
  const { folder, home } = await backedUpDaily({ 'dbbackup.retention': { keepLast: 3, monthly: 1 } });
  const workbench = await openWorkbench({ folder, home });
  const { page, step, screenshot, treeItem, quickInput } = workbench;
  const old = treeItem(/6 days ago/);

  await step('label it', async () => {
    await workbench.openContainer('DB Backup');
    await old.waitFor();
    await workbench.contextMenu(old, 'Label…');
    await workbench.type('before the migration');
    await treeItem(/before the migration/).waitFor();
  });
  await step('pin it', async () => {
    await workbench.contextMenu(treeItem(/before the migration/), 'Pin');
    await treeItem(/pinned · before the migration/).waitFor();
    await treeItem(/proved restorable/).waitFor();
    await treeItem(/before the migration/).hover();
    await page.locator('.monaco-hover').filter({ hasText: 'never pruned' }).waitFor();
    await screenshot('backup-pinned');
  });
  await step('see what would go', async () => {
    await workbench.runCommand('DB Backup: Prune…');
    await workbench.quickPick('Backups folder');
    await quickInput.getByText('no rule keeps it').first().waitFor();
    await screenshot('prune-preview');
    await page.keyboard.press('Enter');
  });
  await step('let them go', async () => {
    await page.locator('.monaco-dialog-box').getByText('This cannot be undone.').waitFor();
    await screenshot('prune-question');
    await workbench.answerDialog('Delete', /Delete 11 backups/);
    await workbench.notification(/Pruned: 11 backups/);
    await treeItem(/before the migration/).waitFor();
    await screenshot('prune-done');
  });
  expect(workbench.errors).toEqual([]);
});

test('a missed run is made up for by itself, and the status bar says so, without anything being opened', async () => {
  const { folder, home, newest } = await backedUpDaily({ 'dbbackup.runSchedule': true });
  await rm(newest);
  const yesterday = new Date(Date.now() - dayMs).toISOString().slice(0, 10);
  await rm(newest.replace(/\d{4}-\d\d-\d\d-\d{6}/, `${yesterday}-000000`));
  const before = await readdir(join(folder, 'backups'));
  const workbench = await openWorkbench({ folder, home });
  await workbench.step('see the age of the new backup', () =>
    workbench.page
      .locator('.statusbar-item')
      .filter({ hasText: /^\s*(now|1 minute ago)\s*$/ })
      .waitFor(),
  );
  await workbench.screenshot('schedule-made-up');
  expect(
    await workbench.page
      .locator('.notification-list-item')
      .filter({ hasText: /missed/ })
      .count(),
  ).toBe(0);
  const made = (await readdir(join(folder, 'backups'))).filter((name) => !before.includes(name));
  expect(made).toEqual([expect.stringMatching(/^default-.*\.dump\.gpg$/)]);
});
