import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliIn } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { readContent } from '../tools/content.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

const passphrase = 'correct horse battery staple';

test('a key is made, becomes the recipient in settings.py, and a second one opens what is encrypted anew', async () => {
  const elsewhere = await scratchFolder();
  const workbench = await openWorkbench();
  const { page, folder, step, screenshot, treeItem, notification, answerDialog } = workbench;
  const settings = () => readFileSync(join(folder, 'sample/settings.py'), 'utf8');
  const lead = cliIn(elsewhere, { environment: { DBBACKUP_HOME: join(elsewhere, 'lead') } });
  const kit = join(elsewhere, 'kit.html');
  const original = readContent(join(folder, 'db.sqlite3'));

  await step('create a key', async () => {
    await workbench.openContainer('DB Backup');
    await page.getByRole('button', { name: 'Create Key' }).click();
    await createKey(workbench);
  });

  await step('use it for this project: see the edit, apply it', async () => {
    await workbench.answerNotification('Use for This Project', 'The key of Ada Lovelace');
    await changedLine(workbench, 'ada@example.org');
    await page.getByText('settings.py: what will change').first().waitFor();
    await notification('Encrypt the backups of sample to ada@example.org?');
    await screenshot('recipient-diff');
    expect(settings()).not.toContain('ada@example.org');
    await workbench.answerNotification('Apply', 'Encrypt the backups of sample');
    await notification('New backups are encrypted to ada@example.org (settings.py)');
  });
  expect(settings()).toContain(
    'DBBACKUP_GPG_RECIPIENT = os.environ.get("DBBACKUP_GPG_RECIPIENT", "ada@example.org")',
  );

  await step('back up', async () => {
    await workbench.runCommand('DB Backup: Back Up Database');
    await page.locator('.monaco-dialog-box').filter({ hasText: 'on this machine only' }).waitFor();
    await screenshot('kit-offer');
    await answerDialog('Save Recovery Kit…', 'Save the recovery kit of Ada Lovelace');
    await workbench.saveAs(kit);
    await notification(/The recovery kit of Ada Lovelace .* was saved/);
    await notification(/Backed up: default-.*encrypted/);
    await treeItem(/^now/).waitFor();
  });
  expect(readFileSync(kit, 'utf8')).toContain('PGP PRIVATE KEY BLOCK');
  const [name = ''] = readdirSync(join(folder, 'backups')).filter((file) => file.endsWith('.gpg'));
  const file = join(folder, 'backups', name);

  await step('see who can open it', async () => {
    await clearNotifications(workbench);
    await treeItem(/^now/).hover();
    await tooltip(workbench, /Who\scan\sopen\sthis:\sAda\sLovelace.*you\shold\sthis\skey/);
    await screenshot('who-can-open');
  });

  await step('add an escrow recipient', async () => {
    await lead(
      'keys',
      'generate',
      '--name',
      'Lead',
      '--email',
      'lead@example.org',
      '--algorithm',
      'ecc',
      '--no-passphrase',
    );
    const { stdout: armored } = await lead('keys', 'export', 'lead@example.org');
    await workbench.runCommand('DB Backup: Import Key…');
    await workbench.quickPick('Paste…');
    const box = workbench.quickInput.locator('input').first();
    await workbench.quickInput.getByText('Paste the whole key').waitFor();
    await box.focus();
    // As a paste does, this leaves no line break in a box of one line.
    await page.keyboard.insertText(armored);
    expect(await box.inputValue()).not.toContain('\n');
    await page.keyboard.press('Enter');
    await notification(/Imported: Lead/);
    expect((await lead('restore', file, '--into', join(elsewhere, 'early.sqlite3'))).exit).toBe(3);
    await workbench.runCommand('DB Backup: Add an Escrow Recipient…');
    await workbench.quickInput.getByText('Lead <lead@example.org>').waitFor();
    await page.keyboard.press('Enter');
    await changedLine(workbench, 'lead@example.org');
    await screenshot('escrow-diff');
    // The button in the title of the diff does the same as the notification's.
    await page.getByRole('button', { name: 'Apply Edit' }).first().click();
    await notification(/New backups are encrypted to ada@example\.org and lead@example\.org/);
  });
  expect(settings()).toContain('["ada@example.org", "lead@example.org"]');

  await step('encrypt the backup anew to both', async () => {
    await workbench.contextMenu(treeItem(/encrypted/), 'Re-Encrypt…');
    await page.locator('.monaco-dialog-box').waitFor();
    await screenshot('reencrypt');
    await answerDialog('Re-Encrypt', 'Encrypt 1 backup anew to Ada Lovelace');
    await workbench.type(passphrase);
    await notification(/Encrypted anew to .*: 1 backup/);
  });
  const opened = join(elsewhere, 'lead.sqlite3');
  const run = await lead('restore', file, '--into', opened);
  expect(run.exit, run.stderr).toBe(0);
  expect(readContent(opened)).toEqual(original);

  await step('see both', async () => {
    await clearNotifications(workbench);
    await treeItem(/encrypted/).hover();
    await tooltip(workbench, /Lead.*you\sdo\snot\shold\sthis\skey/);
    await screenshot('who-can-open-both');
  });

  await step('see both keys in the view Keys, and a subkey in the tooltip', async () => {
    await page.locator('.pane-header').filter({ hasText: 'Keys' }).click();
    const own = treeItem(/Ada Lovelace.*secret key/);
    await treeItem(/Lead.*public key only/).waitFor();
    await own.hover();
    await tooltip(workbench, /Subkey:.*cv25519.*to\sencrypt.*does\snot\sexpire/);
    await screenshot('keys-view');
    expect(await own.getAttribute('aria-label')).toMatch(/made now, does not expire, [0-9A-F]{4} /);
    await page.locator('.pane-header').filter({ hasText: 'Keys' }).click();
  });

  await step('see that one that was encrypted to somebody else alone is marked', async () => {
    const away = ['--project', folder, 'backup', '-r', 'lead@example.org'];
    expect((await lead(...away)).exit).toBe(0);
    await treeItem(/you hold no key for it/).waitFor();
    await screenshot('marked-closed');
  });
  expect(workbench.errors).toEqual([]);
});

/** Waits until the diff has scrolled to the line that it is about. */
async function changedLine({ page }: Workbench, text: string): Promise<void> {
  await page.locator('.monaco-diff-editor .modified .view-line').filter({ hasText: text }).waitFor();
}

/** Spaces in a tooltip are such that do not break. */
async function tooltip({ page }: Workbench, text: RegExp): Promise<void> {
  await page.locator('.monaco-hover:visible').filter({ hasText: text }).first().waitFor();
}

async function clearNotifications({ runCommand }: Workbench): Promise<void> {
  await runCommand('Notifications: Clear All Notifications');
}

async function createKey({ page, quickInput, type, quickPick }: Workbench): Promise<void> {
  const at = (place: string) => quickInput.getByText(`Create Key (${place}/`).waitFor();
  await at('1');
  await type('Ada Lovelace');
  await at('2');
  await type('ada@example.org');
  await at('3');
  await type('');
  await at('4');
  await quickPick('Elliptic');
  await at('5');
  await quickPick('Never');
  await at('6');
  await type(passphrase);
  await at('7');
  await type(passphrase);
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}
