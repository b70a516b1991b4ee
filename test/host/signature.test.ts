import * as assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMessage, encrypt, generateKey, readKey, readPrivateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { BackupAnswer, KeyInfo, RestoreAnswer } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { collectMessages, restoreWindow } from './support/window.ts';

/** Somebody who knows nothing but the public key, which is no secret, can make a file that opens. */
describe('a forged backup', function () {
  this.timeout(60_000);
  let folder: string;
  let database: string;
  let publicKey: string;
  let signed: BackupAnswer['backups'][number];
  const files: string[] = [];
  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const setting = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration('dbbackup').update(name, value, vscode.ConfigurationTarget.Workspace);
  const forge = async (name: string, signer?: string) => {
    const bytes = await encrypt({
      message: await createMessage({
        binary: Buffer.from('BEGIN TRANSACTION;\nCREATE TABLE forged(a);\nCOMMIT;\n'),
      }),
      encryptionKeys: await readKey({ armoredKey: publicKey }),
      ...(signer ? { signingKeys: await readPrivateKey({ armoredKey: signer }) } : {}),
      format: 'binary',
    });
    const file = join(folder, name);
    writeFileSync(file, bytes);
    files.push(file);
    return vscode.Uri.file(file);
  };
  const key = (name: string) =>
    generateKey({ type: 'ecc', curve: 'curve25519Legacy', userIDs: { name, email: `${name}@example.org` } });

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    database = join(folder, 'db.sqlite3');
    const own = await key('signer');
    publicKey = own.publicKey;
    const file = join(folder, 'signer.asc');
    writeFileSync(file, own.privateKey);
    files.push(file);
    collectMessages();
    assert.equal((await run<KeyInfo[]>(commands.importKey, vscode.Uri.file(file)))?.length, 1);
    await setting('recipients', ['signer@example.org']);
    await setting('sign', 'signer@example.org');
    await setting('requireSignature', true);
    const made = (await run<BackupAnswer>(commands.backUpDatabase))?.backups[0];
    assert.ok(made);
    signed = made;
    files.push(made.path);
    restoreWindow();
  });
  after(async () => {
    for (const name of ['recipients', 'sign', 'requireSignature']) await setting(name, undefined);
    for (const file of files) rmSync(file, { force: true });
  });
  afterEach(restoreWindow);

  it('is refused before anything is asked, and nothing is changed', async () => {
    const before = readFileSync(database);
    const stranger = (await key('stranger')).privateKey;
    for (const [uri, said] of [
      [await forge('unsigned.dump.gpg'), /not signed/],
      [await forge('strangely-signed.dump.gpg', stranger), /sign/],
    ] as const) {
      const shown = collectMessages();
      assert.equal(await run(commands.restoreBackup, uri), undefined);
      assert.deepEqual(
        shown.map(({ kind, modal }) => [kind, modal]),
        [['showErrorMessage', false]],
      );
      assert.match(shown[0]?.message ?? '', said);
      assert.ok(readFileSync(database).equals(before));
      restoreWindow();
    }
  });

  it('is told from one that our own key signed', async () => {
    const shown = collectMessages(({ modal }) => (modal ? 'Restore' : undefined));
    const answer = await run<RestoreAnswer>(commands.restoreBackup, vscode.Uri.file(signed.path));
    assert.ok(answer, shown.map(({ message }) => message).join('\n'));
  });
});
