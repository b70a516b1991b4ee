import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readContent } from '../tools/content.ts';
import { webviewWith } from './support/webview.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

const passphrase = 'correct horse battery staple';

test('the walkthrough leads to a restored backup, and its steps complete by themselves', async () => {
  const workbench = await openWorkbench({ settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
  const { folder, page, step, screenshot } = workbench;
  const database = join(folder, 'db.sqlite3');
  const original = readContent(database);

  await step('open it', async () => {
    await workbench.runCommand('Welcome: Open Walkthrough...');
    await workbench.quickPick('Get started with DB Backup');
    await page.locator('h2', { hasText: 'Get started with DB Backup' }).waitFor();
  });
  await step('the database is found already', () => completed(workbench, 'Find the database'));
  await step('create a key by its button', async () => {
    await openStep(workbench, 'Create a key');
    await screenshot('walkthrough');
    await page.getByRole('button', { name: 'Create Key', exact: true }).click();
    await createKey(workbench);
    await completed(workbench, 'Create a key');
  });
  await step('back up by its button', async () => {
    await openStep(workbench, 'Back up');
    await page.getByRole('button', { name: 'Back Up Database', exact: true }).last().click();
    // The key that was just made is ticked already.
    await workbench.quickInput.getByText('Choose Recipients').waitFor();
    await workbench.quickInput.getByText('ada@example.org').waitFor();
    await page.keyboard.press('Enter');
    await workbench.answerDialog('Back Up Without It', 'Save the recovery kit of Ada Lovelace');
    await workbench.notification(/Backed up: default-.*encrypted/);
    await completed(workbench, 'Back up');
  });
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(1);
  await step('restore by its button', async () => {
    const live = new DatabaseSync(database, { enableForeignKeyConstraints: false });
    live.exec('DELETE FROM claims_claim');
    live.close();
    await openStep(workbench, 'Restore');
    await page.getByRole('button', { name: 'Restore Latest Backup', exact: true }).click();
    await workbench.type(passphrase);
    await workbench.answerDialog('Restore', 'Replace the content of db.sqlite3');
    await workbench.notification('db.sqlite3 is restored');
    await completed(workbench, 'Restore');
  });
  expect(readContent(database)).toEqual(original);
  await step('look at the others', async () => {
    await openStep(workbench, 'Copy elsewhere');
    await screenshot('walkthrough-copy');
    await openStep(workbench, 'Back up every day');
    await screenshot('walkthrough-schedule');
  });
  expect(workbench.errors).toEqual([]);
});

test.each(['Default Light Modern', 'Default High Contrast'])(
  'its pictures follow the theme %s',
  async (theme) => {
    const workbench = await openWorkbench({ settings: { 'workbench.colorTheme': theme } });
    await workbench.runCommand('Welcome: Open Walkthrough...');
    await workbench.quickPick('Get started with DB Backup');
    await openStep(workbench, 'Back up');
    await workbench.screenshot(`walkthrough-${theme.split(' ').at(-2)?.toLowerCase()}`);
  },
);

async function createKey({ quickInput, type, quickPick }: Workbench): Promise<void> {
  const at = (place: number) => quickInput.getByText(`Create Key (${place}/7)`).waitFor();
  const answers = [
    () => type('Ada Lovelace'),
    () => type('ada@example.org'),
    () => type('backups'),
    () => quickPick('Elliptic'),
    () => quickPick('Never'),
    () => type(passphrase),
    () => type(passphrase),
  ];
  for (const [index, answer] of answers.entries()) {
    await at(index + 1);
    await answer();
  }
}

function stepOf({ page }: Workbench, title: string) {
  const heading = page.getByRole('heading', { name: title, exact: true });
  return page.locator('.getting-started-step').filter({ has: heading });
}

async function openStep(workbench: Workbench, title: string): Promise<void> {
  const step = stepOf(workbench, title);
  if (!(await step.getAttribute('class'))?.includes('expanded')) await step.click();
  await webviewWith(workbench.page, 'svg');
}

/** Waits for the tick in front of a step. */
async function completed(workbench: Workbench, title: string): Promise<void> {
  await stepOf(workbench, title).locator('.codicon-getting-started-step-checked').waitFor();
}
