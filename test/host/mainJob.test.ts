import * as assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { BackupAnswer, KeyInfo, RestoreAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { readContent } from '../tools/content.ts';
import { collectMessages, fakeInputBoxes, restoreWindow } from './support/window.ts';

const passphrase = 'correct horse battery staple';

/** Through the extension as it is built, its worker and the real core; only dialogs are answered by the test. */
describe('the main job, by commands', function () {
  this.timeout(60_000);
  let folder: string;
  let database: string;
  let made: BackupAnswer['backups'][number] | undefined;

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const setting = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration('dbbackup').update(name, value, vscode.ConfigurationTarget.Workspace);
  /** Every passphrase box is answered rightly. */
  const unlock = () =>
    fakeInputBoxes((box) => {
      box.type(passphrase);
      box.enter();
    });

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    database = join(folder, 'db.sqlite3');
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Ada Lovelace', email: 'ada@example.org' },
      passphrase,
    });
    const file = join(folder, 'ada.asc');
    writeFileSync(file, privateKey);
    collectMessages();
    const [key] = (await run<KeyInfo[]>(commands.importKey, vscode.Uri.file(file))) ?? [];
    restoreWindow();
    assert.deepEqual(key?.userIds, ['Ada Lovelace <ada@example.org>']);
    assert.equal(key?.secret, true);
    await setting('recipients', ['ada@example.org']);
  });
  after(async () => {
    await setting('recipients', undefined);
  });
  afterEach(restoreWindow);

  it('backs up, encrypted, and says what it made', async () => {
    const shown = collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpDatabase);
    made = answer?.backups[0];
    assert.ok(made, shown[0]?.message);
    assert.equal(made.encrypted, true);
    assert.equal(readFileSync(made.path).length, made.bytes);
    assert.equal(readFileSync(made.path).includes('SQLite'), false);
    assert.match(
      shown[0]?.message ?? '',
      /^Backed up: default-.*\.dump\.gpg · \d+ tables · .* rows · .* · encrypted$/,
    );
    assert.deepEqual(shown[0]?.buttons, ['Reveal', 'Show Log']);
  });

  it('restores after asking, with what will change, and takes it back', async () => {
    const original = readContent(database);
    change(database);
    const changed = readContent(database);
    assert.notDeepEqual(changed, original);

    unlock();
    const shown = collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
    const answer = await run<RestoreAnswer>(commands.restoreLatest);
    assert.deepEqual(readContent(database), original);
    assert.equal(answer?.restored.file && basename(answer.restored.file), made?.file);
    const [question, result] = shown;
    assert.match(question?.detail ?? '', /claims_\w+: \d+ rows now, \d+ after/);
    assert.match(result?.message ?? '', /^db\.sqlite3 is restored: /);
    assert.deepEqual(result?.buttons, ['Undo', 'Show Log']);

    restoreWindow();
    collectMessages(({ modal }) => (modal ? 'Undo Restore' : undefined));
    await run(commands.undoLastRestore);
    assert.deepEqual(readContent(database), changed);
    await run(commands.undoLastRestore);
    assert.deepEqual(readContent(database), original);
  });

  it('changes nothing when the question is answered with no, and does not complain', async () => {
    const before = readFileSync(database);
    unlock();
    const shown = collectMessages();
    assert.equal(await run(commands.restoreLatest), undefined);
    assert.deepEqual(
      shown.map(({ modal }) => modal),
      [true],
    );
    assert.ok(readFileSync(database).equals(before));
  });

  it('changes nothing when the passphrase box is left, and does not complain', async () => {
    const before = readFileSync(database);
    fakeInputBoxes((box) => box.hide());
    const shown = collectMessages();
    assert.equal(await run(commands.restoreLatest), undefined);
    assert.deepEqual(shown, []);
    assert.ok(readFileSync(database).equals(before));
  });

  it('says of a damaged backup that it is damaged, and changes nothing', async () => {
    assert.ok(made);
    const before = readFileSync(database);
    const broken = join(folder, 'broken.dump.gpg');
    writeFileSync(broken, readFileSync(made.path).subarray(0, Math.trunc(made.bytes / 2)));
    unlock();
    const shown = collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
    assert.equal(await run(commands.restoreBackup, vscode.Uri.file(broken)), undefined);
    assert.deepEqual(
      shown.map(({ kind, buttons }) => [kind, buttons]),
      [['showErrorMessage', ['Show Log']]],
    );
    assert.ok(readFileSync(database).equals(before));
  });

  it('encrypts any file and decrypts it again, and never writes over one', async () => {
    unlock();
    const shown = collectMessages();
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'Grüße,\r\nAda\0');
    const encrypted = await run<string>(commands.encryptFile, vscode.Uri.file(file));
    assert.equal(encrypted, `${file}.gpg`);
    assert.equal(readFileSync(encrypted).includes('Ada'), false);
    assert.equal(await run(commands.decryptFile, vscode.Uri.file(encrypted)), undefined);
    assert.match(shown.at(-1)?.message ?? '', /notes\.txt exists already/);
    const moved = join(folder, 'received.txt.gpg');
    writeFileSync(moved, readFileSync(encrypted));
    const plain = await run<string>(commands.decryptFile, vscode.Uri.file(moved));
    assert.equal(plain, join(folder, 'received.txt'));
    assert.ok(readFileSync(plain).equals(readFileSync(file)));
  });

  it('backs up a SQLite file that the project does not name, under its own name', async () => {
    collectMessages();
    const file = join(folder, 'other.db');
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)');
    db.close();
    const answer = await run<BackupAnswer>(commands.backUpDatabase, vscode.Uri.file(file));
    assert.match(answer?.backups[0]?.file ?? '', /^other-/);
    assert.equal(answer?.backups[0]?.rows, 2);
    rmSync(file);
    await run(commands.refresh);
  });

  it('writes nothing where no key can be found, and leads on', async () => {
    await setting('recipients', ['nobody@example.org']);
    const shown = collectMessages();
    assert.equal(await run(commands.backUpDatabase), undefined);
    assert.match(shown[0]?.message ?? '', /nobody@example\.org/);
    assert.deepEqual(shown[0]?.buttons, ['Choose Recipients…', 'Import Key…', 'Show Log']);
    await setting('recipients', ['ada@example.org']);
    assert.ok(existsSync(database));
  });
});

function change(database: string): void {
  const db = new DatabaseSync(database);
  db.exec('PRAGMA foreign_keys = OFF');
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'claims_%'")
    .all() as { name: string }[];
  for (const { name } of tables) db.exec(`DELETE FROM "${name}" WHERE rowid % 2 = 0`);
  db.close();
}
