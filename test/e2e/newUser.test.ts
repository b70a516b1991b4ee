import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';
import { findChromium } from '../tools/chromium.ts';
import { readContent } from '../tools/content.ts';
import { cacheFolder, root } from '../tools/paths.ts';
import { driving } from './support/workbench.ts';

const passphrase = 'correct horse battery staple';
const fiveMinutesMs = 5 * 60_000;
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** What is run is what the README says; what was not committed is not in the clone. */
test.skipIf(!existsSync(join(root, '.git')))(
  'a new user gets from a clone to the first restored backup in under five minutes',
  async () => {
    const started = Date.now();
    const scratch = await scratchFolder();
    const clone = join(scratch, 'clone');
    await promisify(execFile)('git', ['clone', '--quiet', root, clone]);
    // The host and its browser are hundreds of megabytes that a test run has fetched already.
    await symlink(cacheFolder, join(clone, '.vscode-test'), 'junction');

    const tour = await said(npm(clone, 'start'));
    expect(tour).toMatch(/All is back: (\d+) of \1 rows/);
    const toured = Date.now() - started;

    const editor = npm(clone, 'run', 'editor');
    const opened = await said(editor, /Address: (\S+)/);
    const [, address = ''] = /Address: (\S+)/.exec(opened) ?? [];
    const [, folder = ''] = /Folder: +(.+?) \(/.exec(opened) ?? [];
    await firstBackup(address, join(folder, 'db.sqlite3'), join(scratch, 'kit.html'));

    const elapsed = Date.now() - started;
    console.log(`new user: tour after ${toured / 1000} s, restored in the editor after ${elapsed / 1000} s`);
    expect(elapsed).toBeLessThan(fiveMinutesMs);
  },
  fiveMinutesMs + 60_000,
);

/** The quick start, step by step. */
async function firstBackup(address: string, database: string, kit: string): Promise<void> {
  const { executablePath, args, env } = await findChromium();
  const browser = await chromium.launch({ executablePath, args, env });
  onTestFinished(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(30_000);
  await page.goto(address);
  await page.locator('.monaco-workbench .part.statusbar').waitFor();
  const workbench = driving(page);
  const original = readContent(database);
  const { step, quickInput } = workbench;

  await step('the first time it leads to a key', async () => {
    await workbench.runCommand(commandIn('3.'));
    await workbench.answerDialog('Create Key…', 'There is no key');
    const answers = ['Ada', 'ada@example.org', '', 'Elliptic', 'Never', passphrase, passphrase];
    for (const [index, answer] of answers.entries()) {
      await quickInput.getByText(`Create Key (${index + 1}/7)`).waitFor();
      await (index === 3 || index === 4 ? workbench.quickPick(answer) : workbench.type(answer));
    }
    await page.locator('.monaco-dialog-box').filter({ hasText: 'on this machine only' }).waitFor();
    await workbench.screenshot('new-user-kit');
    await workbench.answerDialog('Save Recovery Kit…', 'Save the recovery kit of Ada');
    await workbench.saveAs(kit);
    await workbench.notification(/2 backups made/);
  });
  expect(readFileSync(kit, 'utf8')).toContain('PGP PRIVATE KEY BLOCK');
  const live = new DatabaseSync(database, { enableForeignKeyConstraints: false });
  live.exec('DELETE FROM claims_note; DELETE FROM claims_claim');
  live.close();
  await step('the restore point comes back', async () => {
    await workbench.openContainer('DB Backup');
    await workbench.contextMenu(workbench.treeItem(/^now/), 'Restore Backup…');
    await workbench.quickPick(/Add missing/i);
    await workbench.type(passphrase);
    await workbench.answerDialog('Restore', 'Replace the content of db.sqlite3');
    await expect.poll(() => readContent(database), { timeout: 20_000 }).toEqual(original);
    await workbench.screenshot('new-user');
  });
}

/** The command that a line of the quick start names in bold. */
function commandIn(line: string): string {
  const [, start = ''] = readme.split('## Quick start');
  const [, command = ''] = new RegExp(`^${line} \\*\\*(DB Backup: [^*]+)\\*\\*`, 'm').exec(start) ?? [];
  return command;
}

/** Runs what the README says a new user types. */
function npm(folder: string, ...args: string[]): ChildProcess {
  expect(readme).toContain(`npm ${args.join(' ')}`);
  const { PATH, HOME, USERPROFILE, TMPDIR = '' } = process.env;
  const child = spawn('npm', args, {
    cwd: folder,
    env: { PATH, HOME, USERPROFILE, TMPDIR, npm_config_prefer_offline: 'true' },
    detached: true,
    shell: process.platform === 'win32',
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGTERM');
  });
  return child;
}

/** What a program says, to its end, or as far as something is said. @throws where it fails */
function said(child: ChildProcess, until?: RegExp): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (until?.test(text)) done(text);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done(text) : fail(new Error(`It ended with ${code}:\n${text}`)),
    );
  });
}
