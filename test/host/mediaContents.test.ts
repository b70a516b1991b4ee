import * as assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Backup, BackupAnswer, RestoreAnswer, Service } from '../../src/core/service.ts';
import type { Task } from '../../src/core/task.ts';
import { startCore } from '../../src/editor/coreClient.ts';
import { MediaContents, mediaUri } from '../../src/editor/mediaContents.ts';
import type { Session } from '../../src/editor/session.ts';
import { commands } from '../../src/editor/settings.ts';
import type { Tasks } from '../../src/editor/tasks.ts';
import type { MediaFolder } from '../../src/editor/views/mediaTree.ts';
import { collectMessages, restoreWindow } from './support/window.ts';

/** With the worker as it is built and a backup made by it. */
describe('what is in a media backup', function () {
  this.timeout(60_000);
  let folder: string;
  let scratch: string;
  let service: Service;
  let dispose: () => Promise<void>;
  let session: Session;
  let backup: Backup;
  let contents: MediaContents;
  let runs: number;

  const task: Task = {
    signal: new AbortController().signal,
    report: () => undefined,
    ask: { passphrase: async () => undefined, confirm: async () => true },
  };
  const picture = 'photos/emi.png';

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    scratch = mkdtempSync(join(tmpdir(), 'dbbackup-contents-'));
    const workerPath = join(
      vscode.extensions.getExtension('dbbackup.vscode-dbbackup')?.extensionPath ?? '',
      'dist/worker.js',
    );
    const environment = { ...process.env, DBBACKUP_HOME: scratch };
    const core = startCore({ workerPath, environment, workspace: () => [folder], log: () => undefined });
    ({ service, dispose } = core);
    session = {
      folder: vscode.workspace.workspaceFolders?.[0],
      request: { folder, settings: { encrypt: false } },
      refresh: async () => undefined,
    } as Partial<Session> as Session;
    const project = session.request;
    const { backups }: BackupAnswer = await service.backup({ project, what: 'media' }, task);
    const listed = await service.list({ project }, task);
    backup = listed.find(({ path }) => path === backups[0]?.path)!;
  });
  beforeEach(() => {
    runs = 0;
    const tasks = {
      run: (_work: unknown, action: (task: Task) => Promise<unknown>) => {
        runs++;
        return action(task);
      },
    } as unknown as Tasks;
    contents = new MediaContents(service, tasks);
  });
  afterEach(() => {
    contents.dispose();
    restoreWindow();
  });
  after(async () => {
    await dispose();
    rmSync(backup.path, { force: true });
    rmSync(scratch, { recursive: true, force: true });
  });

  it('is shown in folders, the archive opened once', async () => {
    const root = await contents.open(session, backup);
    assert.equal(await contents.open(session, backup), root);
    assert.equal(runs, 1);
    const names = ({ folders, members }: MediaFolder): string[] => [
      ...folders.flatMap(names),
      ...members.map(({ path }) => path),
    ];
    assert.ok(names(root).includes('receipts/2026/02/領収書.txt'));
    assert.equal(root.files, names(root).length);
  });

  it('can be read, byte for byte, and not written', async () => {
    await contents.open(session, backup);
    const uri = mediaUri(backup, { path: picture });
    const original = readFileSync(join(folder, 'upload', picture));
    assert.ok(original.equals(await contents.readFile(uri)));
    await contents.readFile(uri);
    assert.equal(runs, 2, 'a viewer that asks twice waits once');
    const { size, permissions } = await contents.stat(uri);
    assert.deepEqual([size, permissions], [original.length, vscode.FilePermission.Readonly]);
    assert.throws(() => contents.writeFile(), /NoPermissions/);
    await assert.rejects(contents.readFile(mediaUri(backup, { path: 'nothing.txt' })), /EntryNotFound/);
  });

  it('is not opened by an editor that comes back with the window', async () => {
    await assert.rejects(
      contents.readFile(mediaUri(backup, { path: picture })),
      /Open .* in the view Backups first/,
    );
    assert.equal(runs, 0);
  });

  it('is given out only when the whole backup is intact', async () => {
    const cut = join(scratch, 'cut.tar');
    writeFileSync(cut, readFileSync(backup.path).subarray(0, backup.bytes - 2048));
    const ask = { project: session.request, file: cut, storedPath: picture };
    await assert.rejects(service.readMedia(ask, task), { code: 'damaged' });
    await assert.rejects(contents.open(session, { ...backup, path: cut }), { code: 'damaged' });
  });

  it('comes back alone, a file or a folder, and goes back by Undo', async () => {
    const root = await contents.open(session, backup);
    const restored = join(folder, 'upload', picture);
    const other = join(folder, 'upload/photos/amara.png');
    const [original, otherOriginal] = [readFileSync(restored), readFileSync(other)];
    writeFileSync(restored, 'x');
    writeFileSync(other, 'y');
    const shown = collectMessages(({ modal, buttons }) => (modal ? buttons[0] : undefined));
    const photos = root.folders.find(({ path }) => path === 'photos')!;
    const file = photos.members.find(({ path }) => path === picture)!;
    const common = { session, backup };
    const run = (id: string, node: object) =>
      vscode.commands.executeCommand<RestoreAnswer | undefined>(id, { ...common, ...node });

    const answer = await run(commands.restoreMediaFile, { type: 'media-file', file });
    assert.deepEqual(answer?.files, { added: 0, replaced: 1, removed: 0 }, shown[0]?.message);
    assert.ok(readFileSync(restored).equals(original));
    assert.equal(readFileSync(other, 'utf8'), 'y');
    await vscode.commands.executeCommand(commands.undoLastRestore);
    assert.equal(readFileSync(restored, 'utf8'), 'x');

    await run(commands.restoreMediaFolder, { type: 'media-folder', folder: photos });
    assert.ok(readFileSync(restored).equals(original));
    assert.ok(readFileSync(other).equals(otherOriginal));
  });

  it('cannot be restored alone in a way that would remove the rest', async () => {
    const ask = { project: session.request, file: backup.path, only: picture };
    await assert.rejects(service.restore({ ...ask, what: 'media', mode: 'mirror' }, task), { code: 'usage' });
    await assert.rejects(service.restore({ ...ask, only: 'no/such', what: 'media' }, task), {
      code: 'no-such-file',
    });
  });
});
