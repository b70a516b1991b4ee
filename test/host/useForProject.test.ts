import * as assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { KeyInfo } from '../../src/core/service.ts';
import { commands, editScheme } from '../../src/editor/settings.ts';
import { eventually } from './support/eventually.ts';
import { collectMessages, restoreWindow } from './support/window.ts';

describe('the key of a project', function () {
  this.timeout(60_000);
  let folder: string;
  let settings: string;
  let original: string;
  const keys: KeyInfo[] = [];

  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const setting = (value: unknown) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('recipients', value, vscode.ConfigurationTarget.Workspace);
  const line = () => /DBBACKUP_GPG_RECIPIENT.*/.exec(readFileSync(settings, 'utf8'))?.[0];
  /** What the diff shows on its right side, while it is shown. */
  const shown = () => {
    const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
    if (!(input instanceof vscode.TabInputTextDiff) || input.modified.scheme !== editScheme) return undefined;
    return vscode.workspace.textDocuments
      .find(({ uri }) => uri.toString() === (input as vscode.TabInputTextDiff).modified.toString())
      ?.getText();
  };
  const diffs = () =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputTextDiff);

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    settings = join(folder, 'sample', 'settings.py');
    original = readFileSync(settings, 'utf8');
    await setting(undefined);
    collectMessages();
    for (const name of ['gwen', 'liam']) {
      const { publicKey } = await generateKey({
        type: 'ecc',
        curve: 'curve25519Legacy',
        userIDs: { name, email: `${name}@example.org` },
      });
      const file = join(folder, `${name}.asc`);
      writeFileSync(file, publicKey);
      keys.push(...((await run<KeyInfo[]>(commands.importKey, vscode.Uri.file(file))) ?? []));
    }
    restoreWindow();
    assert.equal(keys.length, 2);
  });
  after(async () => {
    writeFileSync(settings, original);
    await setting(undefined);
  });
  afterEach(() => {
    restoreWindow();
    writeFileSync(settings, original);
  });

  it('is shown as a diff of settings.py and written when it is applied', async () => {
    let right: string | undefined;
    const messages = collectMessages(({ buttons }) => {
      if (!buttons.includes('Apply')) return undefined;
      right = shown();
      return 'Apply';
    });
    assert.deepEqual(await run(commands.useForProject, { key: keys[0] }), ['gwen@example.org']);
    assert.equal(
      line(),
      'DBBACKUP_GPG_RECIPIENT = os.environ.get("DBBACKUP_GPG_RECIPIENT", "gwen@example.org")',
    );
    assert.equal(right, readFileSync(settings, 'utf8'));
    assert.equal(diffs().length, 0);
    assert.deepEqual(
      messages.map(({ message, buttons }) => [message, buttons]),
      [
        ['Encrypt the backups of sample to gwen@example.org?', ['Apply', 'Cancel']],
        [
          'New backups are encrypted to gwen@example.org (settings.py).',
          ['Add an Escrow Recipient…', 'Open File'],
        ],
      ],
    );
  });

  it('gets a second one beside it', async () => {
    collectMessages(({ buttons }) => (buttons.includes('Apply') ? 'Apply' : undefined));
    await run(commands.useForProject, { key: keys[0] });
    await run(commands.addEscrowRecipient, { key: keys[1] });
    assert.equal(
      line(),
      'DBBACKUP_GPG_RECIPIENT = os.environ.get("DBBACKUP_GPG_RECIPIENT", ["gwen@example.org", "liam@example.org"])',
    );
  });

  it('stays as it was where the edit is declined, or its diff closed', async () => {
    collectMessages(({ buttons }) => (buttons.includes('Cancel') ? 'Cancel' : undefined));
    assert.equal(await run(commands.useForProject, { key: keys[0] }), undefined);
    assert.equal(readFileSync(settings, 'utf8'), original);

    restoreWindow();
    const messages = collectMessages();
    const running = run(commands.useForProject, { key: keys[0] });
    await eventually('the diff', () => shown() !== undefined && messages.length > 0);
    await run('workbench.action.closeActiveEditor');
    assert.equal(await running, undefined);
    assert.equal(readFileSync(settings, 'utf8'), original);
    assert.equal(messages.length, 1);
  });

  it('is applied from the title of the diff as well', async () => {
    const messages = collectMessages();
    const running = run(commands.useForProject, { key: keys[0] });
    await eventually('the diff', () => shown() !== undefined && messages.length > 0);
    await run(commands.applyEdit);
    assert.deepEqual(await running, ['gwen@example.org']);
    assert.match(line() ?? '', /gwen@example\.org/);
  });

  it('is not written where the file has changed since it was shown', async () => {
    const messages = collectMessages(({ buttons }) => {
      if (!buttons.includes('Apply')) return undefined;
      writeFileSync(settings, `${original}# mine\n`);
      return 'Apply';
    });
    assert.equal(await run(commands.useForProject, { key: keys[0] }), undefined);
    assert.match(messages.at(-1)?.message ?? '', /has changed since the edit was shown/);
    assert.equal(readFileSync(settings, 'utf8'), `${original}# mine\n`);
  });

  it('takes the setting along where that would win', async () => {
    await setting(['someone@example.org']);
    collectMessages(({ buttons }) => (buttons.includes('Apply') ? 'Apply' : undefined));
    await run(commands.useForProject, { key: keys[0] });
    assert.match(line() ?? '', /gwen@example\.org/);
    assert.deepEqual(vscode.workspace.getConfiguration('dbbackup').get('recipients'), ['gwen@example.org']);
  });
});
