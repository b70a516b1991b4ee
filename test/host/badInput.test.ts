import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import * as openpgp from 'openpgp';
import * as vscode from 'vscode';
import { withLock } from '../../src/core/files/lock.ts';
import type { BackupAnswer, KeyInfo, RestoreAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { tarOf } from '../support/evilTar.ts';
import { leftIn } from '../support/leftovers.ts';
import { answerPicks, collectMessages, replace, restoreWindow } from './support/window.ts';

const address = 'bad-input@example.org';

/**
 * DESIGN's table of bad input, as it comes up in the editor: a named error with the next step, and nothing changed. Of its
 * rows, mainJob.test.ts has no recipient and no passphrase, passphrases.test.ts a wrong one, signature.test.ts a signature
 * that is missing, backupTasks.test.ts an alias that is not there.
 */
describe('bad input', function () {
  this.timeout(60_000);
  let folder: string;
  let database: string;
  let home: string;
  /** Beside the workspace: nothing watches it. */
  let aside: string;

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const set = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration('dbbackup').update(name, value, vscode.ConfigurationTarget.Workspace);
  const changed: string[] = [];
  const setting = async (name: string, value: unknown) => {
    changed.push(name);
    await set(name, value);
    await run(commands.refresh);
  };
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(aside, name), content);
    return vscode.Uri.file(join(aside, name));
  };
  const restore = (uri: vscode.Uri) => () => run(commands.restoreBackup, uri);
  const backUp = () => run(commands.backUpDatabase);

  /** What a project holds, byte for byte; what VS Code writes for itself is left out. */
  const state = () =>
    (readdirSync(folder, { recursive: true, withFileTypes: true }) as Dirent[])
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.vscode'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/-(wal|shm|journal)$/.test(path))
      .sort()
      .map((path) => [path, readFileSync(path).toString('base64')]);

  async function refused(act: () => Thenable<unknown>, words: RegExp, ...buttons: string[]): Promise<void> {
    const before = state();
    answerPicks(({ label }) => label === 'Add and Replace');
    const shown = collectMessages();
    assert.equal(await act(), undefined);
    assert.deepEqual(
      shown.map(({ kind, modal }) => [kind, modal]),
      [['showErrorMessage', false]],
      shown.map(({ message }) => message).join('\n'),
    );
    assert.match(shown[0]?.message ?? '', words);
    assert.deepEqual(shown[0]?.buttons, [...buttons, 'Show Log']);
    assert.deepEqual(state(), before);
    assert.deepEqual(
      leftIn(home).filter((name) => !name.includes('.lock')),
      [],
    );
    restoreWindow();
  }

  async function importKey(options: object): Promise<string> {
    const { privateKey, publicKey } = await openpgp.generateKey({ format: 'armored', ...options } as never);
    const uri = write('key.asc', String(publicKey));
    collectMessages();
    assert.equal((await run<KeyInfo[]>(commands.importKey, uri))?.length, 1);
    restoreWindow();
    return String(privateKey);
  }

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    database = join(folder, 'db.sqlite3');
    home = process.env.DBBACKUP_HOME ?? '';
    aside = join(dirname(folder), 'bad-input');
    mkdirSync(aside);
    const { privateKey } = await openpgp.generateKey({ userIDs: { email: address } });
    const uri = write('own.asc', privateKey);
    collectMessages();
    assert.equal((await run<KeyInfo[]>(commands.importKey, uri))?.length, 1);
    restoreWindow();
    await set('recipients', [address]);
  });
  afterEach(async () => {
    restoreWindow();
    for (const name of changed.splice(0)) await set(name, name === 'recipients' ? [address] : undefined);
    await run(commands.refresh);
  });
  after(async () => {
    await set('recipients', undefined);
    for (const path of [aside, join(folder, 'backups')]) rmSync(path, { recursive: true, force: true });
    await run(commands.refresh);
  });

  const made = async (): Promise<Buffer> => {
    collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpDatabase);
    restoreWindow();
    const path = answer?.backups[0]?.path ?? '';
    const bytes = readFileSync(path);
    rmSync(path);
    await run(commands.refresh);
    return bytes;
  };

  describe('in the project', () => {
    it('no database at all', async () => {
      const all = ['manage.py', 'sample', 'claims', 'db.sqlite3'];
      for (const name of all) renameSync(join(folder, name), join(aside, name));
      try {
        await run(commands.refresh);
        await refused(backUp, /No SQLite database was found.*Choose your SQLite file\./, 'Choose Database…');
      } finally {
        for (const name of all) renameSync(join(aside, name), join(folder, name));
      }
    });

    it('settings of Django that are no Python, with file and line', async () => {
      const path = join(folder, 'sample/settings.py');
      const text = readFileSync(path);
      writeFileSync(path, 'DEBUG = True\n\nDATABASES = {"default": {\n');
      try {
        await run(commands.refresh);
        await refused(backUp, /sample\/settings\.py:4: .*no DATABASES was found/, 'Open Settings');
      } finally {
        writeFileSync(path, text);
      }
    });

    it('a database that is gone', async () => {
      await setting('databases', [{ alias: 'a', path: 'gone.sqlite3' }]);
      await refused(backUp, /gone\.sqlite3/);
    });

    it('a media folder that is not there', async () => {
      await setting('mediaRoot', 'gone');
      await refused(() => run(commands.backUpMedia), /gone/, 'Open Settings');
    });
  });

  describe('recipients', () => {
    it('that no key answers to', async () => {
      await setting('recipients', ['nobody@example.org']);
      await refused(backUp, /nobody@example\.org/, 'Choose Recipients…', 'Import Key…');
    });

    it('that two keys answer to', async () => {
      for (const name of ['One', 'Two']) await importKey({ userIDs: { name, email: 'twin@example.org' } });
      await setting('recipients', ['twin@example.org']);
      await refused(backUp, /Several keys answer to twin@example\.org/, 'Choose Recipients…');
    });

    it('that have expired, are revoked, or can only sign', async () => {
      await importKey({
        userIDs: { email: 'expired@example.org' },
        date: new Date('2020-01-01'),
        keyExpirationTime: 86_400,
      });
      await importKey({ userIDs: { email: 'signer@example.org' }, subkeys: [] });
      const { privateKey, revocationCertificate } = await openpgp.generateKey({
        userIDs: { email: 'revoked@example.org' },
      });
      const { publicKey } = await openpgp.revokeKey({
        key: await openpgp.readKey({ armoredKey: await publicHalf(privateKey) }),
        revocationCertificate,
      });
      const uri = write('revoked.asc', publicKey);
      collectMessages();
      await run(commands.importKey, uri);
      restoreWindow();
      for (const [email, words] of [
        ['expired@example.org', /expired on 2020-01-02/],
        ['revoked@example.org', /is revoked/],
        ['signer@example.org', /it can only sign/],
      ] as const) {
        await setting('recipients', [address, email]);
        await refused(backUp, words, 'Choose Recipients…');
      }
    });
  });

  describe('a backup', () => {
    it('that is cut off, or has one bit turned', async () => {
      const bytes = await made();
      const cut = write('cut.dump.gpg', bytes.subarray(0, bytes.length - 40));
      await refused(restore(cut), /damaged|cut off|changed/);
      const turned = Buffer.from(bytes);
      // In the message's integrity code: elsewhere it depends on the session key how the decompressed data looks.
      turned[bytes.length - 10]! ^= 1;
      await refused(restore(write('turned.dump.gpg', turned)), /damaged|changed/);
    });

    it('that no key here opens, with the keys that would', async () => {
      const { publicKey } = await openpgp.generateKey({ userIDs: { email: 'far@example.org' } });
      const key = await openpgp.readKey({ armoredKey: publicKey });
      const message = await openpgp.createMessage({ text: 'CREATE TABLE t(x);\n' });
      const bytes = await openpgp.encrypt({ message, encryptionKeys: key, format: 'binary' });
      const id = key.subkeys[0]?.getKeyID().toHex().toUpperCase() ?? 'none';
      await refused(restore(write('far.dump.gpg', bytes)), new RegExp(id), 'Import Key…');
    });

    it('whose signature is over something else', async () => {
      const { privateKey } = await openpgp.generateKey({ userIDs: { email: 'author@example.org' } });
      collectMessages();
      await run(commands.importKey, write('author.asc', privateKey));
      restoreWindow();
      const key = await openpgp.readPrivateKey({ armoredKey: privateKey });
      const message = await (await openpgp.createMessage({ text: 'CREATE TABLE paid(x);\n' })).sign([key]);
      const packets = message.packets as unknown as { setText?: (text: string) => void }[];
      packets.find((packet) => packet.setText)?.setText?.('CREATE TABLE owed(x);\n');
      const bytes = await openpgp.encrypt({ message, encryptionKeys: key, format: 'binary' });
      await refused(restore(write('forged.dump.gpg', bytes)), /signature/);
    });

    for (const [name, file, content, words] of [
      ['plain text under an encrypted name', 'plain.dump.gpg', 'CREATE TABLE t(x);\n', /not an OpenPGP/],
      [
        'text that is no dump',
        'letter.dump',
        'Dear all,\nnothing is attached.\n',
        /Line 1 is no statement of a SQLite dump: Dear all/,
      ],
      ['of another engine', 'pg.dump', '--\n-- PostgreSQL database dump\n--\nSET x = 0;\n', /PostgreSQL/],
      ['with ATTACH', 'attach.dump', "CREATE TABLE t(x);\nATTACH '/tmp/e.db' AS e;\n", /ATTACH/],
      ['with a dot-command', 'dot.dump', 'CREATE TABLE t(x);\n.shell touch /tmp/e\n', /\.shell|dot-command/],
      [
        'with a row that does not go in',
        'row.dump',
        'CREATE TABLE t(x NOT NULL);\nINSERT INTO t VALUES(NULL);\n',
        /NOT NULL/,
      ],
    ] as const)
      it(name, () => refused(restore(write(file, content)), words));

    it('that unpacks to gigabytes, with the setting that is the limit', async () => {
      const blanks = gzipSync(Buffer.alloc(10 * 2 ** 20, '\n'));
      const bomb = Buffer.concat([gzipSync('CREATE TABLE t(x);\n'), ...Array<Buffer>(300).fill(blanks)]);
      const words = /unpacks to more than 1100 times its size.*dbbackup\.limits/;
      await refused(restore(write('bomb.dump.gz', gzipSync(bomb))), words, 'Open Settings');
    });

    it('of media whose names leave the folder, or are devices', async () => {
      for (const [index, member] of [
        { name: '../outside.txt', content: 'x' },
        { name: 'disk', type: 'block-device' as const },
        { name: 'out', type: 'link' as const, linkname: '../db.sqlite3' },
      ].entries())
        await refused(restore(write(`evil-${index}.tar`, await tarOf(member))), /archive/i);
      assert.ok(!existsSync(join(folder, 'outside.txt')));
    });

    it('that is to become a file which is there already', async () => {
      const uri = write('fine.dump', 'CREATE TABLE t(x);\n');
      replace('showSaveDialog', async () => vscode.Uri.file(database));
      const before = readFileSync(database);
      answerPicks(({ label }) => label === 'Restore As It Is');
      const shown = collectMessages();
      assert.equal(await run(commands.restoreTo, uri), undefined);
      assert.match(shown[0]?.message ?? '', /db\.sqlite3 exists already\. Move or rename that file first\./);
      assert.ok(readFileSync(database).equals(before));
    });

    it('whose first bytes tell another kind than its name is no error', async () => {
      const uri = write('image.dump', readFileSync(database));
      const shown = collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
      const answer = await run<RestoreAnswer>(commands.restoreBackup, uri);
      assert.ok(answer?.restored.tables, shown.map(({ message }) => message).join('\n'));
    });
  });

  describe('the place', () => {
    it('a database that another program holds, which can be tried again', async () => {
      const uri = write('fine.dump', 'CREATE TABLE t(x);\n');
      const holder = new DatabaseSync(database);
      holder.exec('BEGIN EXCLUSIVE');
      try {
        await refused(restore(uri), /db\.sqlite3/, 'Try Again');
      } finally {
        holder.close();
      }
    });

    it('another run at work, which is named, with since when', async () => {
      const uri = write('fine.dump', 'CREATE TABLE t(x);\n');
      const task = { signal: new AbortController().signal, report: () => undefined };
      await withLock(home, realpathSync(database), 'a restore of the shop', task, async () => {
        await refused(restore(uri), /a restore of the shop \(process \d+ on .+, since 20/, 'Try Again');
      });
    });

    it('a database that is corrupt', async () => {
      const bytes = readFileSync(database);
      writeFileSync(
        database,
        Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100, 0xff)]),
      );
      try {
        await refused(backUp, /db\.sqlite3/);
      } finally {
        writeFileSync(database, bytes);
      }
    });

    it('a backups folder that is a file', async () => {
      await setting('folder', 'manage.py');
      await refused(backUp, /manage\.py is not a folder/, 'Refresh');
    });

    it('a disk that is full, which can be tried again', async function () {
      const backups = join(aside, 'small');
      mkdirSync(backups);
      const mounting = ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', backups];
      if (process.platform !== 'linux' || spawnSync('mount', mounting).status !== 0) return this.skip();
      try {
        await setting('folder', backups);
        await refused(backUp, /room|space|full/i, 'Try Again');
      } finally {
        spawnSync('umount', [backups]);
      }
    });

    it('a clock behind the newest backup, which is said beside the backup', async () => {
      mkdirSync(join(folder, 'backups'), { recursive: true });
      const ahead = join(folder, 'backups/default-web1-2099-01-01-000000.dump');
      writeFileSync(ahead, 'of another time');
      const shown = collectMessages();
      assert.ok(await run<BackupAnswer>(commands.backUpDatabase));
      assert.ok(
        shown.some(({ kind, message }) => kind === 'showWarningMessage' && /clock/.test(message)),
        shown.map(({ message }) => message).join('\n'),
      );
      rmSync(ahead);
    });
  });
});

async function publicHalf(armoredKey: string): Promise<string> {
  return (await openpgp.readPrivateKey({ armoredKey })).toPublic().armor();
}
