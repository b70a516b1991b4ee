import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { cliIn } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { root } from '../tools/paths.ts';
import { copySample } from '../tools/sample.ts';
import { webviewWith } from './support/webview.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

const dayMs = 86_400_000;
const kept = join(root, 'media/readme');

/** One of the README's pictures; with DBBACKUP_UPDATE_PICTURES=1 it is kept in media/readme. */
async function picture({ page, screenshot, folder }: Workbench, name: string): Promise<void> {
  // The folder of this run is of no interest.
  const dialog = page.locator('.monaco-dialog-box .dialog-message-detail');
  if (!(await dialog.isVisible())) {
    await page.locator('.notification-toast:visible').first().waitFor({ state: 'hidden' });
  } else {
    await dialog.evaluate((element, from) => {
      const texts = element.ownerDocument.createTreeWalker(element, 4);
      for (let text = texts.nextNode(); text; text = texts.nextNode())
        text.nodeValue = text.nodeValue?.replace(from, '/home/ada/claims') ?? '';
    }, folder);
  }
  const path = await screenshot(`readme-${name}`);
  if (process.env.DBBACKUP_UPDATE_PICTURES !== '1') return;
  await mkdir(kept, { recursive: true });
  await copyFile(path, join(kept, `${name}.png`));
}

/** A project that was backed up daily for two weeks, and changed since. */
async function livelyProject() {
  const scratch = await scratchFolder();
  const folder = join(scratch, 'claims');
  await copySample(folder);
  await mkdir(join(folder, '.vscode'), { recursive: true });
  const settings = {
    'dbbackup.recipients': ['ada@example.org'],
    'dbbackup.schedule': [{ cron: '0 0 * * *', what: 'all' }],
    'dbbackup.remotes': [{ name: 'nas', type: 'folder', path: join(scratch, 'nas') }],
    'dbbackup.copyTo': ['nas'],
  };
  await mkdir(join(scratch, 'nas'));
  await writeFile(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  await appendFile(join(folder, 'sample/settings.py'), "\nDBBACKUP_HOSTNAME = 'web1'\n");
  const cli = cliIn(scratch);
  const key = [
    '--name',
    'Ada Lovelace',
    '--email',
    'ada@example.org',
    '--algorithm',
    'ecc',
    '--no-passphrase',
  ];
  await cli('keys', 'generate', ...key);
  const made = await cli('--project', folder, 'backup', '--all', '--trust', '--json');
  const paths = made.json.backups.map(({ path }) => path);
  expect(paths, made.stdout + made.stderr).toHaveLength(2);
  const database = paths.find((path) => path.includes('default-')) ?? '';
  await cli('--project', folder, 'verify', '--drill', database);
  for (let days = 1; days <= 14; days++) {
    const date = new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);
    for (const path of days < 3 ? paths : [database]) {
      const name = basename(path).replace(/\d{4}-\d\d-\d\d-\d{6}/, `${date}-000000`);
      const padding = Buffer.alloc((14 - days) * 60);
      await writeFile(join(path, '..', name), Buffer.concat([await readFile(path), padding]));
    }
  }
  const live = new DatabaseSync(join(folder, 'db.sqlite3'), { enableForeignKeyConstraints: false });
  live.exec(`UPDATE claims_claim SET amount = 0, title = 'oops' WHERE id IN (3, 4, 7);
    DELETE FROM claims_claim WHERE id IN (5, 9, 10, 11);
    INSERT INTO claims_claim SELECT 901, 'Train to Leeds', 42.5, 'S', submitted, '', fellow_id FROM claims_claim WHERE id = 2;`);
  live.close();
  return { folder, home: join(scratch, 'home') };
}

test('the pictures of the README', async () => {
  const { folder, home } = await livelyProject();
  const workbench = await openWorkbench({
    folder,
    home,
    settings: {
      'workbench.colorTheme': 'Default Dark Modern',
      'window.commandCenter': false,
      'window.title': 'claims',
    },
  });
  const { page, step, treeItem } = workbench;
  await page.setViewportSize({ width: 1080, height: 640 });

  await step('a restore asks first', async () => {
    await workbench.openContainer('DB Backup');
    await treeItem(/Restore points/).waitFor();
    await treeItem(/^default/).waitFor();
    await workbench.runCommand('DB Backup: Restore Latest Backup');
    await page.locator('.monaco-dialog-box').filter({ hasText: 'claims_claim' }).waitFor();
    await picture(workbench, 'restore');
    await workbench.answerDialog('Cancel');
  });
  await step('row by row', async () => {
    await workbench.runCommand('DB Backup: Compare with Current Database');
    await workbench.quickInput.getByRole('option').filter({ hasText: 'default' }).first().waitFor();
    await page.keyboard.press('Enter');
    const view = await webviewWith(page, '[role=grid]');
    await view.getByRole('option').filter({ hasText: 'claims_claim' }).click();
    await view.locator('tr.before').first().waitFor();
    await picture(workbench, 'compare');
  });
  await step('how they are doing', async () => {
    await workbench.runCommand('View: Close All Editors');
    await workbench.runCommand('DB Backup: Show Health');
    await webviewWith(page, '.health');
    await page.waitForTimeout(500);
    await picture(workbench, 'health');
  });
  expect(workbench.errors).toEqual([]);
});
