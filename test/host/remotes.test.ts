import * as assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { BackupAnswer, RemoteAnswer, RestoreAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { type FtpServer, ftpMissing, startFtpServer } from '../support/servers/ftpServer.ts';
import { type SshServer, sshd, startSshServer } from '../support/servers/sshServer.ts';
import { collectMessages, fakeInputBoxes, fakeQuickPicks, replace, restoreWindow } from './support/window.ts';

/** Through the extension as it is built; only dialogs are answered by the test. */
describe('remotes, by commands', function () {
  this.timeout(60_000);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  const nas = mkdtempSync(join(tmpdir(), 'dbbackup-nas-'));
  let file = '';
  let path = '';

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const settings = () => vscode.workspace.getConfiguration('dbbackup');
  const setting = (name: string, value: unknown) =>
    settings().update(name, value, vscode.ConfigurationTarget.Workspace);
  /** Every box with a text to type is answered with what it offers. */
  const acceptOffered = (typed: Record<string, string> = {}) =>
    fakeInputBoxes((box) => {
      const [, text] = Object.entries(typed).find(([prompt]) => box.prompt?.includes(prompt)) ?? [];
      if (text !== undefined) box.type(text);
      box.enter();
    });
  const pickAll = () =>
    replace('showQuickPick', async (entries: vscode.QuickPickItem[], options: vscode.QuickPickOptions) =>
      options.canPickMany ? entries : entries[0],
    );

  before(async () => {
    await setting('encrypt', false);
    collectMessages();
    const made = (await run<BackupAnswer>(commands.backUpDatabase))?.backups[0];
    restoreWindow();
    path = made?.path ?? '';
    file = made?.file ?? '';
    assert.notEqual(file, '');
  });
  after(async () => {
    for (const name of ['encrypt', 'remotes', 'copyTo']) await setting(name, undefined);
    rmSync(nas, { recursive: true });
    rmSync(path, { force: true });
  });
  afterEach(restoreWindow);

  it('adds a folder step by step, tries it, and writes it into the settings of the folder', async () => {
    const shown = collectMessages();
    const boxes = acceptOffered();
    replace('showOpenDialog', async () => [vscode.Uri.file(nas)]);
    const lists = fakeQuickPicks(({ label }) => label === 'Folder' || label === 'Only When I Say So');
    const name = await run<string>(commands.addRemote);
    assert.equal(name, basename(nas), shown[0]?.message);
    assert.deepEqual(settings().get('remotes'), [{ name, type: 'folder', path: nas }]);
    assert.deepEqual(settings().get('copyTo'), []);
    assert.equal(lists.length, 2);
    assert.equal(boxes[0]?.step, 3);
    assert.equal(boxes[0]?.totalSteps, 4);
    assert.match(shown[0]?.message ?? '', /is added/);
    assert.deepEqual(readdirSync(nas), []);
  });

  it('copies a backup there and says so', async () => {
    const shown = collectMessages();
    pickAll();
    const [answer] = (await run<RemoteAnswer[]>(commands.copyTo)) ?? [];
    assert.ok(
      answer?.files.some((copy) => copy.file === file),
      shown[0]?.message,
    );
    assert.ok(readdirSync(nas).includes(file));
    assert.match(shown[0]?.message ?? '', /copied to/);
    await run(commands.copyMissing);
    assert.match(shown.at(-1)?.message ?? '', /Nothing is only here/);
  });

  it('fetches what is only there', async () => {
    const shown = collectMessages();
    pickAll();
    await run(commands.fetchBackup);
    assert.match(shown[0]?.message ?? '', /no backup for that/);
    const bytes = readFileSync(path);
    rmSync(path);
    await run(commands.refresh);
    assert.deepEqual(await run<string[]>(commands.fetchBackup), [path]);
    assert.ok(readFileSync(path).equals(bytes));
    assert.match(shown.at(-1)?.message ?? '', new RegExp(`fetched: .*${file}`));
  });

  it('fetches the latest and restores it after the question', async () => {
    const database = join(folder, 'db.sqlite3');
    const query = (sql: string) => {
      const connection = new DatabaseSync(database);
      const rows = connection.prepare(sql).all();
      connection.close();
      return rows;
    };
    const before = query('SELECT count(*) AS n FROM claims_claim');
    const connection = new DatabaseSync(database);
    connection.exec('PRAGMA foreign_keys = OFF; DELETE FROM claims_claim');
    connection.close();
    rmSync(path);
    await run(commands.refresh);
    const shown = collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
    const answer = await run<RestoreAnswer>(commands.fetchAndRestore);
    assert.equal(
      answer && basename(answer.restored.file),
      file,
      shown.map(({ message }) => message).join('\n'),
    );
    assert.deepEqual(query('SELECT count(*) AS n FROM claims_claim'), before);
  });

  it('deletes there after a question that says what is the last copy, and leaves what is here', async () => {
    rmSync(path);
    await run(commands.refresh);
    pickAll();
    const shown = collectMessages(({ modal }) => (modal ? 'Delete' : undefined));
    const removed = await run<string[]>(commands.deleteFromRemote);
    assert.ok(removed?.includes(file));
    assert.match(shown[0]?.detail ?? '', /may be the last copy/);
    assert.deepEqual(readdirSync(nas), []);
  });

  it('says what does not work and adds it only where that is wanted', async () => {
    const remotes = settings().get('remotes');
    const shown = collectMessages();
    acceptOffered({ 'The server': 'nobody@127.0.0.1:1', 'The folder there': 'backups' });
    fakeQuickPicks(({ label }) => label === 'SFTP' || label === 'As ssh does' || label.startsWith('Copy'));
    assert.equal(await run(commands.addRemote), undefined);
    assert.match(shown[0]?.message ?? '', /does not work yet/);
    assert.equal(shown[0]?.modal, true);
    assert.deepEqual(settings().get('remotes'), remotes);
  });

  it('removes it from the settings and leaves its files', async () => {
    const shown = collectMessages(({ modal }) => (modal ? 'Remove' : undefined));
    await run(commands.removeRemote);
    assert.match(shown[0]?.detail ?? '', /stay/);
    assert.deepEqual(settings().get('remotes'), []);
    const text = readFileSync(join(folder, '.vscode/settings.json'), 'utf8');
    assert.doesNotMatch(text, /dbbackup\.remotes/);
    await run(commands.testRemote);
    assert.ok(shown.at(-1)?.buttons.includes('Add Remote…'));
  });

  describe('over SFTP', () => {
    let server: SshServer | undefined;
    before(async function () {
      if (sshd === undefined) return this.skip();
      server = await startSshServer();
      const { port, user, home } = server;
      const keyFile = join(home, '.ssh/id_ed25519');
      const there = join(home, 'backups');
      const remote = { name: 'web1', type: 'sftp', host: '127.0.0.1', port, user, keyFile, path: there };
      await setting('remotes', [remote]);
      await run(commands.refresh);
    });
    after(async () => {
      await setting('remotes', undefined);
      await server?.stop();
    });

    it('shows the key of a server that is not known, and goes on only with a yes', async () => {
      const shown = collectMessages();
      assert.equal(await run(commands.testRemote), undefined);
      assert.match(shown[0]?.message ?? '', /\[127\.0\.0\.1\]:\d+ is not known yet. Is this its key\?/);
      assert.match(shown[0]?.detail ?? '', /ssh-ed25519\nSHA256:[\w+/]{43}/);
      restoreWindow();
      const again = collectMessages(({ modal }) => (modal ? 'Trust It' : undefined));
      assert.ok(await run(commands.testRemote), again.at(-1)?.message);
      restoreWindow();
      const third = collectMessages();
      assert.ok(await run(commands.testRemote));
      assert.deepEqual(
        third.map(({ modal }) => modal),
        [false],
      );
    });
  });

  describe('over FTPS', () => {
    const there = mkdtempSync(join(tmpdir(), 'dbbackup-ftp-'));
    let server: FtpServer | undefined;
    before(async function () {
      if (ftpMissing !== undefined) return this.skip();
      server = await startFtpServer(there, true);
      const { port, user } = server;
      await setting('remotes', [{ name: 'old', type: 'ftp', host: '127.0.0.1', port, user }]);
      await run(commands.refresh);
    });
    after(async () => {
      await setting('remotes', undefined);
      await server?.stop();
      rmSync(there, { recursive: true });
    });

    it('asks for the password, again after a wrong one, and keeps the right one out of the settings', async () => {
      const { password = '' } = server ?? {};
      const shown = collectMessages(({ modal }) => (modal ? 'Trust It' : undefined));
      const boxes = fakeInputBoxes((box) => {
        box.type(boxes.length === 1 ? 'wrong' : password);
        box.enter();
      });
      const test = () => run(commands.testRemote);
      assert.ok(await test(), shown.at(-1)?.message);
      assert.equal(boxes.length, 2);
      assert.equal(boxes[0]?.title, 'Log In to old');
      assert.equal(boxes[0]?.password, true);
      assert.match(boxes[0]?.prompt ?? '', /password of backup@127\.0\.0\.1.*secret storage/);
      assert.ok(await test(), shown.at(-1)?.message);
      assert.equal(boxes.length, 2, 'it was asked for again');
      const text = readFileSync(join(folder, '.vscode/settings.json'), 'utf8');
      assert.ok(!text.includes(password));
      assert.ok(!shown.some(({ message }) => message.includes(password)));
    });

    it('forgets the password with the remote', async () => {
      const { password = '', port, user } = server ?? {};
      collectMessages(({ modal }) => (modal ? 'Remove' : undefined));
      await run(commands.removeRemote);
      restoreWindow();
      await setting('remotes', [{ name: 'old', type: 'ftp', host: '127.0.0.1', port, user }]);
      await run(commands.refresh);
      collectMessages();
      const boxes = fakeInputBoxes((box) => {
        box.type(password);
        box.enter();
      });
      await run(commands.testRemote);
      assert.equal(boxes.length, 1);
    });
  });
});
