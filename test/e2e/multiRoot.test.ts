import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';
import { copySample } from '../tools/sample.ts';
import { openWorkbench } from './support/workbench.ts';

/** A Django project and a folder with two databases, in one workspace. */
async function workspaceOfTwo() {
  const scratch = await scratchFolder();
  const shop = join(scratch, 'shop');
  const blog = join(scratch, 'blog');
  await copySample(shop);
  await mkdir(blog);
  for (const name of ['posts', 'visits']) fill(join(blog, `${name}.sqlite3`), name);
  const workspace = join(scratch, 'both.code-workspace');
  await writeFile(workspace, JSON.stringify({ folders: [{ path: 'shop' }, { path: 'blog' }] }));
  return { workspace, shop, blog };
}

function fill(path: string, name: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    `CREATE TABLE ${name}(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO ${name}(body) VALUES ('one')`,
  );
  database.close();
}

const backupsIn = (folder: string) =>
  existsSync(join(folder, 'backups')) ? readdirSync(join(folder, 'backups')).sort() : [];

test('two folders: each with its backups, asked for where it is not clear which is meant', async () => {
  const { workspace, shop, blog } = await workspaceOfTwo();
  const workbench = await openWorkbench({ folder: workspace, settings: { 'dbbackup.encrypt': false } });
  const { page, step, treeItem, quickInput, quickPick, screenshot } = workbench;

  await step('the palette asks which folder, and which of its databases', async () => {
    await workbench.openContainer('DB Backup');
    await page.getByText('There are no backups of this project yet.').waitFor();
    await workbench.runCommand('DB Backup: Back Up Database');
    await quickInput
      .getByText('Choose a folder')
      .or(quickInput.getByPlaceholder('Choose a folder'))
      .waitFor();
    await screenshot('multi-root-choose');
    await quickPick('blog');
    await quickPick('visits');
    await workbench.notification(/Backed up: visits-/);
  });
  expect(backupsIn(shop)).toEqual([]);
  expect(backupsIn(blog)).toEqual([expect.stringMatching(/^visits-.*\.dump$/)]);

  await step('each folder stands in the view, and its menu means it', async () => {
    await treeItem(/^shop/).waitFor();
    await workbench.contextMenu(treeItem(/^shop/), 'Back Up Everything');
    await workbench.notification(/2 backups made: default-/);
    await treeItem(/^shop.*2 backups/).waitFor();
    await screenshot('multi-root');
  });
  expect(backupsIn(shop)).toHaveLength(2);

  await step('a restore asks, too, and changes that folder alone', async () => {
    const path = join(blog, 'visits.sqlite3');
    const database = new DatabaseSync(path);
    database.exec("UPDATE visits SET body = 'changed'");
    database.close();
    await workbench.runCommand('DB Backup: Restore Latest Backup');
    await quickPick('blog');
    await quickPick('visits');
    await workbench.answerDialog('Restore', 'Replace the content of visits.sqlite3');
    await workbench.notification(/visits\.sqlite3 is restored/);
    const after = new DatabaseSync(path, { readOnly: true });
    expect(after.prepare('SELECT body FROM visits').all()).toEqual([{ body: 'one' }]);
    after.close();
  });

  await step('Health is one of a folder', async () => {
    await workbench.runCommand('DB Backup: Show Health');
    await quickPick('shop');
    await page.locator('.tab').filter({ hasText: 'Health: shop' }).waitFor();
  });
  expect(workbench.errors).toEqual([]);
});
