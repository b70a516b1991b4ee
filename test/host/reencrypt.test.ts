import * as assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { BackupAnswer, KeyInfo } from '../../src/core/service.ts';
import { Session } from '../../src/editor/session.ts';
import { commands } from '../../src/editor/settings.ts';
import { startTestCore } from './support/core.ts';
import { createTestLog } from './support/log.ts';
import { collectMessages, fakeInputBoxes, restoreWindow } from './support/window.ts';

const passphrase = 'a long enough passphrase';

describe('re-encryption', function () {
  this.timeout(60_000);
  let folder: string;
  let session: Session;
  const files: string[] = [];
  const log = createTestLog();
  const core = startTestCore(log);
  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const recipients = (value: string[] | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('recipients', value, vscode.ConfigurationTarget.Workspace);
  const unlock = () =>
    fakeInputBoxes((box) => {
      box.type(passphrase);
      box.enter();
    });
  const backUp = async () => {
    collectMessages();
    const answer = await run<BackupAnswer>(commands.backUpDatabase);
    restoreWindow();
    const [made] = answer?.backups ?? [];
    assert.ok(made);
    files.push(made.path);
    return made;
  };
  /** As the view hands it over. The session is the tests' own, on the same folder and the real core. */
  const node = (backup: { path: string; file: string }) => ({
    type: 'backup',
    id: backup.path,
    session,
    backup: { ...backup, encrypted: true, kind: 'database' },
  });

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(workspace);
    session = new Session(workspace, core.service, core.tasks, log);
    collectMessages();
    for (const [name, secret] of [
      ['rita', true],
      ['sam', false],
    ] as const) {
      const { privateKey, publicKey } = await generateKey({
        type: 'ecc',
        curve: 'curve25519Legacy',
        userIDs: { name, email: `${name}@example.org` },
        passphrase,
      });
      const file = join(folder, `${name}.asc`);
      writeFileSync(file, secret ? privateKey : publicKey);
      assert.equal((await run<KeyInfo[]>(commands.importKey, vscode.Uri.file(file)))?.length, 1);
    }
    restoreWindow();
  });
  after(async () => {
    await recipients(undefined);
    for (const file of files) rmSync(file, { force: true });
    session.dispose();
    await core.dispose();
    log.dispose();
  });
  afterEach(restoreWindow);

  it('asks first, says who is in and who is out, and replaces the files', async () => {
    await recipients(['rita@example.org']);
    const [one, two] = [await backUp(), await backUp()];
    const before = [one, two].map(({ path }) => readFileSync(path));
    await recipients(['sam@example.org', 'rita@example.org']);
    await session.refresh();
    let boxes = unlock();
    let shown = collectMessages(({ modal }) => (modal ? 'Re-Encrypt' : undefined));
    const paths = await run<string[]>(commands.reencryptBackups, node(one), [node(one), node(two)]);
    assert.deepEqual(paths, [one.path, two.path]);
    assert.equal(boxes.length, 1);
    assert.match(
      shown[0]?.message ?? '',
      /^Encrypt 2 backups anew to sam <sam@example\.org> and rita <rita@example\.org>\?$/,
    );
    assert.equal(shown[0]?.detail, 'Copies elsewhere stay as they are.');
    assert.match(shown[1]?.message ?? '', /^Encrypted anew to .*: 2 backups$/);
    for (const [index, { path }] of [one, two].entries())
      assert.equal(readFileSync(path).equals(before[index]!), false);

    restoreWindow();
    await recipients(['sam@example.org']);
    await session.refresh();
    boxes = unlock();
    shown = collectMessages();
    const kept = readFileSync(one.path);
    assert.equal(await run(commands.reencryptBackups, node(one)), undefined);
    assert.match(shown[0]?.detail ?? '', /Can no longer open them: rita <rita@example\.org>/);
    assert.match(shown[0]?.detail ?? '', /You hold none of these keys/);
    assert.deepEqual(boxes, []);
    assert.ok(readFileSync(one.path).equals(kept));
  });

  it('leaves out what no key opens, and says so where that is all there is', async () => {
    await recipients(['sam@example.org']);
    const closed = await backUp();
    await recipients(['rita@example.org']);
    await session.refresh();
    const shown = collectMessages();
    assert.equal(await run(commands.reencryptBackups, node(closed)), undefined);
    assert.match(shown[0]?.message ?? '', /None of these backups can be opened with a key of yours/);
  });
});
