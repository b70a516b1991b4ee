import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { cliIn } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { sshd, startSshServer } from '../support/servers/sshServer.ts';
import { readContent } from '../tools/content.ts';
import { copySample } from '../tools/sample.ts';
import { openWorkbench } from './support/workbench.ts';

/** The sample with a key, an encrypted backup, and one of the year before. */
async function backedUp() {
  const scratch = await scratchFolder();
  const folder = join(scratch, 'sample');
  await copySample(folder);
  const cli = cliIn(scratch);
  const key = ['--name', 'Ops', '--email', 'ops@example.org', '--algorithm', 'ecc', '--no-passphrase'];
  await cli('keys', 'generate', ...key);
  await mkdir(join(folder, '.vscode'), { recursive: true });
  const settings = { 'dbbackup.recipients': ['ops@example.org'] };
  await writeFile(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  const made = await cli('--project', folder, 'backup', '--trust', '--json');
  const file = made.json.backups[0]?.file ?? '';
  expect(file, made.stdout + made.stderr).not.toBe('');
  const old = file.replace(/-(\d{4})-/, (_, year) => `-${Number(year) - 1}-`);
  await copyFile(join(folder, 'backups', file), join(folder, 'backups', old));
  return { folder, home: join(scratch, 'home'), file };
}

test.skipIf(sshd === undefined)(
  'a backup is copied to an SFTP server, deleted here, fetched by dragging, and restored',
  async () => {
    const server = await startSshServer();
    onTestFinished(() => server.stop());
    // Nobody has seen this server yet.
    writeFileSync(join(server.home, '.ssh/known_hosts'), '');
    const there = join(server.home, 'backups');
    const { folder, home, file } = await backedUp();
    const here = join(folder, 'backups', file);
    const database = join(folder, 'db.sqlite3');
    const original = readContent(database);
    const workbench = await openWorkbench({ folder, home, env: { HOME: server.home } });
    const { page, step, screenshot, quickInput, treeItem, contextMenu, notification } = workbench;
    const pane = (title: string) =>
      page.locator('.sidebar .pane').filter({ has: page.locator('.pane-header', { hasText: title }) });
    const inRemotes = (text: string | RegExp) =>
      pane('Remotes').getByRole('treeitem').filter({ hasText: text }).first();

    await step('see the view without a remote', async () => {
      await workbench.openContainer('DB Backup');
      await treeItem(/now|minute/).waitFor();
      await pane('Remotes').locator('.pane-header').click();
      await pane('Remotes').getByRole('button', { name: 'Add Remote…' }).last().waitFor();
      await screenshot('remotes-welcome');
    });

    await step('add the server step by step', async () => {
      await pane('Remotes').locator('.welcome-view-content .monaco-button').click();
      await workbench.quickPick('SFTP');
      await quickInput.getByText('The server: user@host').waitFor();
      await workbench.type(`${server.user}@127.0.0.1:${server.port}`);
      await quickInput.getByText('As ssh does').waitFor();
      await screenshot('remotes-add-login');
      await workbench.quickPick('As ssh does');
      await quickInput.getByText('The folder there').waitFor();
      await workbench.type(there);
      await quickInput.getByText('What do you call it?').waitFor();
      await workbench.type('web1');
      await quickInput.getByText('Only When I Say So').waitFor();
      await workbench.quickPick('Only When I Say So');
    });

    await step('be shown the key of the server', async () => {
      const dialog = page.locator('.monaco-dialog-box').filter({ hasText: 'is not known yet' });
      await dialog.getByText(/SHA256:[\w+/]{43}/).waitFor();
      await screenshot('remotes-unknown-host');
      await workbench.answerDialog('Trust It', 'Is this its key?');
      await notification('web1 is added');
      await inRemotes(/web1.*no backups yet · 2 only here/).waitFor();
      await screenshot('remotes-added');
    });

    await step('copy the backup there', async () => {
      await contextMenu(treeItem(/now|minute/), 'Copy to…');
      await notification('1 backup copied to web1');
      expect(readdirSync(there)).toEqual([file]);
      await inRemotes(/web1.*newest .* · 1 backup · 1 only here/).waitFor();
      await inRemotes('web1').click();
      await inRemotes('here and there').waitFor();
      await screenshot('remotes-copied');
    });

    await step('lose it here', async () => {
      await contextMenu(treeItem(/now|minute/), 'Delete Backup');
      await workbench.answerDialog('Delete', 'This cannot be undone');
      await inRemotes('only there').waitFor();
      expect(existsSync(here)).toBe(false);
      await screenshot('remotes-only-there');
    });
    const connection = new DatabaseSync(database);
    connection.exec('PRAGMA foreign_keys = OFF; DELETE FROM claims_claim');
    connection.close();
    expect(readContent(database)).not.toEqual(original);

    await step('fetch it by dragging it over', async () => {
      await inRemotes('only there').dragTo(treeItem('default'));
      await notification('1 backup fetched');
      await inRemotes('here and there').waitFor();
      expect(existsSync(here)).toBe(true);
      await screenshot('remotes-fetched');
    });

    await step('restore the newest of the server', async () => {
      await contextMenu(inRemotes('web1'), 'Fetch Latest and Restore…');
      await workbench.answerDialog('Restore', 'Replace the content of db.sqlite3');
      await notification('db.sqlite3 is restored');
      await screenshot('remotes-restored');
    });
    expect(readContent(database)).toEqual(original);

    await step('copy the other one by dragging it over', async () => {
      await treeItem('last year').dragTo(inRemotes('web1'));
      await inRemotes(/web1.*newest .* · 2 backups$/).waitFor();
      expect(readdirSync(there)).toHaveLength(2);
      await screenshot('remotes-both');
    });
    expect(workbench.errors).toEqual([]);
  },
);
