import * as assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { generateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { Backup, BackupAnswer, MadeBackup, TakeInAnswer } from '../../src/core/service.ts';
import type { Session } from '../../src/editor/session.ts';
import { commands } from '../../src/editor/settings.ts';
import { BackupsDragAndDrop } from '../../src/editor/views/dragAndDrop.ts';
import type { BackupsNode } from '../../src/editor/views/nodes.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

/** Through the extension as it is built; only dialogs are answered by the test. */
describe('a restore point that is handed over', function () {
  this.timeout(60_000);
  let folder: string;
  let scratch: string;
  let zip: string;
  let made: MadeBackup[];

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const setting = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration('dbbackup').update(name, value, vscode.ConfigurationTarget.Workspace);
  const backups = () => join(folder, 'backups');
  const session = () =>
    ({
      folder: vscode.workspace.workspaceFolders?.[0],
      request: { folder, settings: {} },
      refresh: async () => undefined,
    }) as Partial<Session> as Session;
  const point = (parts: MadeBackup[]) =>
    ({
      type: 'point',
      session: session(),
      point: {
        databases: parts.slice(0, 1),
        media: { ...parts[1], date: new Date().toISOString() },
      },
    }) as unknown as BackupsNode;

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    scratch = mkdtempSync(join(tmpdir(), 'dbbackup-handover-'));
    zip = join(scratch, 'out.zip');
    collectMessages();
    const { publicKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Grace Hopper', email: 'grace@example.org' },
    });
    writeFileSync(join(scratch, 'grace.asc'), publicKey);
    await run(commands.importKey, vscode.Uri.file(join(scratch, 'grace.asc')));
    await setting('recipients', ['grace@example.org']);
    made = (await run<BackupAnswer>(commands.backUpEverything))?.backups ?? [];
    restoreWindow();
    assert.equal(made.length, 2);
  });
  after(async () => {
    await setting('recipients', undefined);
    rmSync(backups(), { recursive: true, force: true });
    rmSync(scratch, { recursive: true, force: true });
    await run(commands.refresh);
  });
  afterEach(restoreWindow);

  it('is written into one zip, beside no other file', async () => {
    const shown = collectMessages();
    let asked: vscode.SaveDialogOptions | undefined;
    replace('showSaveDialog', async (options: vscode.SaveDialogOptions) => {
      asked = options;
      return vscode.Uri.file(zip);
    });
    assert.equal(await run(commands.exportRestorePoint, point(made)), zip, shown[0]?.message);
    assert.match(basename(asked?.defaultUri?.fsPath ?? ''), /^hand-over-.*\.zip$/);
    assert.match(shown[0]?.message ?? '', /^Exported, with a README on how to open it: out\.zip \(/);
    assert.deepEqual(readdirSync(scratch).sort(), ['grace.asc', 'out.zip']);

    await run(commands.exportRestorePoint, point(made));
    assert.match(shown[1]?.message ?? '', /out\.zip exists already/);
  });

  it('is taken in again after the backups are gone, and a second time changes nothing', async () => {
    const before = made.map(({ path }) => readFileSync(path));
    for (const { path } of made) rmSync(path);
    replace('showOpenDialog', async () => [vscode.Uri.file(zip)]);
    const shown = collectMessages();
    const answer = await run<TakeInAnswer>(commands.importRestorePoint);
    assert.equal(answer?.taken.length, 2, shown[0]?.message);
    assert.match(shown[0]?.message ?? '', /^2 backups taken in: default-.* and .*\.tar\.gpg$/);
    for (const [index, { path }] of made.entries()) assert.ok(readFileSync(path).equals(before[index]!));
    await run(commands.importRestorePoint);
    assert.match(shown[1]?.message ?? '', /^Nothing is new: 2 backups /);
  });

  it('is dragged out of the view as its files, and dropped in from elsewhere', async () => {
    const dragged = new vscode.DataTransfer();
    const controller = new BackupsDragAndDrop();
    controller.handleDrag([point(made)], dragged);
    const text = await dragged.get('text/uri-list')?.asString();
    assert.deepEqual(
      text?.split('\r\n').map((uri) => vscode.Uri.parse(uri).fsPath),
      made.map(({ path }) => path),
    );
    const shown = collectMessages();
    await controller.handleDrop(undefined, dragged);
    assert.equal(shown.length, 0, 'back onto the view: nothing');

    const moved = join(scratch, made[0]!.file);
    writeFileSync(moved, readFileSync(made[0]!.path));
    rmSync(made[0]!.path);
    const dropped = new vscode.DataTransfer();
    const list = `# from a file manager\r\n${vscode.Uri.file(moved)}\r\n`;
    dropped.set('text/uri-list', new vscode.DataTransferItem(list));
    await controller.handleDrop(undefined, dropped);
    assert.match(shown[0]?.message ?? '', /^1 backup taken in: /);
    assert.ok(existsSync(made[0]!.path));

    // From a system's file manager into a browser: content, and no address.
    const data = readFileSync(moved);
    rmSync(made[0]!.path);
    const given = { name: made[0]!.file, data: async () => data };
    const item = { asFile: () => given, asString: async () => '' };
    const content = new vscode.DataTransfer();
    content.set('files', item as unknown as vscode.DataTransferItem);
    await controller.handleDrop(undefined, content);
    assert.match(shown[1]?.message ?? '', /^1 backup taken in: /);
    assert.ok(readFileSync(made[0]!.path).equals(data));
  });

  it('is not mixed up with what is no backup', async () => {
    const dropped = new vscode.DataTransfer();
    dropped.set(
      'text/uri-list',
      new vscode.DataTransferItem(String(vscode.Uri.file(join(scratch, 'grace.asc')))),
    );
    const shown = collectMessages();
    await new BackupsDragAndDrop().handleDrop(undefined, dropped);
    assert.match(shown[0]?.message ?? '', /"grace\.asc" is no backup by its name/);
    assert.equal(existsSync(join(backups(), 'grace.asc')), false);
  });

  it('drags out one backup, and a file inside of one by its address', () => {
    const backup = { path: '/b/x.tar', file: 'x.tar' } as Backup;
    const file = { path: 'photos/a.png', type: 'file' };
    const nodes = [
      { type: 'backup', session: session(), backup },
      { type: 'media-file', session: session(), backup, file },
      { type: 'points', session: session(), points: [] },
    ] as unknown as BackupsNode[];
    const data = new vscode.DataTransfer();
    new BackupsDragAndDrop().handleDrag(nodes, data);
    assert.equal(
      data.get('text/uri-list')?.value,
      'file:///b/x.tar\r\ndbbackup-media:/photos/a.png?%2Fb%2Fx.tar',
    );
  });
});
