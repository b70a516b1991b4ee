import * as assert from 'node:assert/strict';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { KeyInfo } from '../../src/core/service.ts';
import { KitOffers } from '../../src/editor/kitOffers.ts';
import { commands } from '../../src/editor/settings.ts';
import { collectMessages, fakeInputBoxes, fakeQuickPicks, replace, restoreWindow } from './support/window.ts';

const [save, without] = ['Save Recovery Kit…', 'Back Up Without It'];

describe('the question for a recovery kit', function () {
  this.timeout(60_000);
  afterEach(restoreWindow);

  const keys: KeyInfo[] = [];
  const memory = new Map<string, unknown>();
  const offers = () =>
    new KitOffers({
      keys: () => [...memory.keys()],
      get: (name: string, otherwise?: unknown) => memory.get(name) ?? otherwise,
      update: async (name: string, value: unknown) => void memory.set(name, value),
    } as vscode.Memento);
  /** A key as *Create Key…* makes it. */
  const create = async (name: string): Promise<KeyInfo> => {
    const texts = [name, `${name}@example.org`, '', '', ''];
    fakeInputBoxes((box) => {
      box.type(texts.shift() ?? '');
      box.enter();
    });
    fakeQuickPicks(({ label }) => label.startsWith('Elliptic') || label === 'Never');
    const [key] =
      (await vscode.commands.executeCommand<KeyInfo[]>(commands.createKey, { quiet: true })) ?? [];
    assert.ok(key);
    keys.push(key);
    return key;
  };

  after(async () => {
    // The other tests have keys of their own.
    for (const { fingerprint } of keys) {
      collectMessages(({ modal }) => (modal ? 'Delete' : undefined));
      replace('showInputBox', async () => fingerprint.slice(-8));
      await vscode.commands.executeCommand(commands.deleteKey, {
        key: keys.find((key) => key.fingerprint === fingerprint),
      });
      restoreWindow();
    }
  });

  it('comes again where the dialog is left, and not once the kit is saved', async () => {
    const key = await create('kit');
    assert.equal(key.neverExported, true);
    const file = vscode.Uri.file(join(await mkdtemp(join(tmpdir(), 'dbbackup-kit-')), 'kit.html'));
    const targets = [undefined, file];
    replace('showSaveDialog', async () => targets.shift());
    const shown = collectMessages(({ modal }) => (modal ? save : undefined));
    await offers().ask([key]);
    const questions = shown.filter(({ modal }) => modal);
    assert.deepEqual(
      questions.map(({ buttons }) => buttons),
      [
        [save, without],
        [save, without],
      ],
    );
    assert.match(questions[0]?.message ?? '', /kit <kit@example\.org>/);
    assert.match(questions[0]?.detail ?? '', /on this machine only/);
    assert.match(await readFile(file.fsPath, 'utf8'), /BEGIN PGP PRIVATE KEY BLOCK/);
  });

  it('is answered for good by backing up without it, for that key alone', async () => {
    const [one, other] = [await create('one'), await create('other')];
    const shown = collectMessages(() => without);
    await offers().ask([one]);
    await offers().ask([one]);
    assert.equal(shown.length, 1);
    await offers().ask([one, other]);
    assert.match(shown[1]?.message ?? '', /other@example\.org/);
  });

  it('stops the backup where it is closed, and comes again', async () => {
    const key = await create('closed');
    const shown = collectMessages();
    await assert.rejects(offers().ask([key]), vscode.CancellationError);
    await assert.rejects(offers().ask([key]), vscode.CancellationError);
    assert.equal(shown.length, 2);
  });
});
