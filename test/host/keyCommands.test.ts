import * as assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { BackupAnswer, KeyInfo } from '../../src/core/service.ts';
import { PassphraseChecks } from '../../src/editor/passphraseChecks.ts';
import { remindOfPassphrase } from '../../src/editor/passphraseReminder.ts';
import type { Sessions } from '../../src/editor/sessions.ts';
import { commands } from '../../src/editor/settings.ts';
import { startTestCore } from './support/core.ts';
import { createTestLog } from './support/log.ts';
import { answerPicks, collectMessages, fakeInputBoxes, replace, restoreWindow } from './support/window.ts';

const passphrase = 'the first passphrase';
const changed = 'the second passphrase';

describe('commands of a key', function () {
  this.timeout(60_000);
  let folder: string;
  let key: KeyInfo;
  const run = <T>(id: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T | undefined>(id, ...args);
  const recipients = (value: string[] | undefined) =>
    vscode.workspace
      .getConfiguration('dbbackup')
      .update('recipients', value, vscode.ConfigurationTarget.Workspace);
  /** Answers one input box after the other. */
  const type = (...texts: (string | undefined)[]) => {
    const prompts: string[] = [];
    replace('showInputBox', async ({ prompt }: vscode.InputBoxOptions) => {
      prompts.push(prompt ?? '');
      return texts.shift();
    });
    return prompts;
  };
  const typeInBoxes = (...texts: string[]) =>
    fakeInputBoxes((box) => {
      const text = texts.shift();
      if (text === undefined) {
        box.hide();
        return;
      }
      box.type(text);
      box.enter();
    });

  before(async () => {
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Kim', email: 'kim@example.org' },
      passphrase,
    });
    const file = join(folder, 'kim.asc');
    writeFileSync(file, privateKey);
    collectMessages();
    [key] = (await run<KeyInfo[]>(commands.importKey, vscode.Uri.file(file))) as [KeyInfo];
    restoreWindow();
  });
  after(() => recipients(undefined));
  afterEach(restoreWindow);

  it('prove that a passphrase is known, again while it is wrong, and do not mind who leaves', async () => {
    const shown = collectMessages();
    const prompts = type('wrong', passphrase);
    assert.equal(await run(commands.checkPassphrase, { key }), true);
    assert.match(prompts[1] ?? '', /^That is not the passphrase of Kim/);
    assert.deepEqual(
      shown.map(({ message }) => message),
      ['That is the passphrase of Kim <kim@example.org>.'],
    );
    type('wrong', undefined);
    assert.equal(await run(commands.checkPassphrase, { key }), false);
    assert.equal(shown.length, 1);
  });

  it('change it, after the new one twice and the present one', async () => {
    const shown = collectMessages();
    const boxes = typeInBoxes(changed, changed, passphrase);
    assert.ok(await run<KeyInfo>(commands.changePassphrase, { key }));
    assert.equal(boxes.length, 3);
    assert.match(shown[0]?.message ?? '', /^The passphrase of Kim .* is changed/);
    type(passphrase, changed);
    assert.equal(await run(commands.checkPassphrase, { key }), true);
  });

  it('let it live on', async () => {
    collectMessages();
    typeInBoxes(changed);
    answerPicks(({ label }) => label === '2 years');
    const { expires } = (await run<KeyInfo>(commands.extendKey, { key })) ?? {};
    const years = (Date.parse(expires ?? '') - Date.now()) / (365.25 * 86_400_000);
    assert.ok(years > 1.9 && years < 2.1, String(expires));
  });

  it('ask for a key where none was given, of those that fit', async () => {
    collectMessages();
    const lists = answerPicks(({ label }) => label.startsWith('Kim'));
    type(undefined);
    assert.equal(await run(commands.checkPassphrase), false);
    assert.equal(lists.length, 1);
    assert.ok(lists[0]?.every(({ description }) => description?.startsWith('yours to open')));
  });

  it('revoke it after asking', async () => {
    let shown = collectMessages();
    assert.equal(await run(commands.revokeKey, { key }), undefined);
    assert.equal(shown[0]?.modal, true);
    assert.match(
      shown[0]?.message ?? '',
      /^Revoke the key of Kim <kim@example\.org> \(([0-9A-F]{4} ?){4}\)\?$/,
    );

    restoreWindow();
    shown = collectMessages(({ modal }) => (modal ? 'Revoke' : undefined));
    typeInBoxes(changed);
    assert.equal((await run<KeyInfo>(commands.revokeKey, { key }))?.revoked, true);
  });

  it('delete it, naming what nothing else opens, once the end of its fingerprint is typed', async () => {
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Del', email: 'del@example.org' },
    });
    const file = join(folder, 'del.asc');
    writeFileSync(file, privateKey);
    collectMessages();
    const [del] = (await run<KeyInfo[]>(commands.importKey, vscode.Uri.file(file))) as [KeyInfo];
    await recipients(['del@example.org']);
    const made = (await run<BackupAnswer>(commands.backUpDatabase))?.backups[0];
    assert.ok(made);
    await run(commands.refresh);
    restoreWindow();

    let shown = collectMessages();
    assert.equal(await run(commands.deleteKey, { key: del }), undefined);
    assert.match(shown[0]?.detail ?? '', /^Nothing else opens 1 backup of this workspace:\n\n/);
    assert.ok(shown[0]?.detail?.includes(made.file));

    restoreWindow();
    shown = collectMessages(({ modal }) => (modal ? 'Delete' : undefined));
    type('00000000');
    assert.equal(await run(commands.deleteKey, { key: del }), undefined);
    type(`${del.fingerprint.slice(-8, -4)} ${del.fingerprint.slice(-4).toLowerCase()}`);
    assert.equal((await run<KeyInfo>(commands.deleteKey, { key: del }))?.fingerprint, del.fingerprint);
    assert.equal(shown.at(-1)?.message, 'The key of Del <del@example.org> is deleted.');
    rmSync(made.path);
  });
});

describe('the yearly question for a passphrase', () => {
  afterEach(restoreWindow);
  const memory = new Map<string, unknown>();
  const checks = new PassphraseChecks({
    keys: () => [...memory.keys()],
    get: (name: string, otherwise?: unknown) => memory.get(name) ?? otherwise,
    update: async (name: string, value: unknown) => void memory.set(name, value),
  } as vscode.Memento);
  const made = (more: Partial<KeyInfo>): KeyInfo => ({
    fingerprint: 'A',
    userIds: [],
    algorithm: 'cv25519',
    created: '2025-01-01T00:00:00Z',
    expires: null,
    revoked: false,
    canEncrypt: true,
    secret: true,
    subkeys: [],
    locked: true,
    source: 'keyring',
    ...more,
  });

  it('is asked where the setting says so, and leads to the check', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder);
    const log = createTestLog();
    const core = startTestCore(log);
    const setting = (value: unknown) =>
      vscode.workspace
        .getConfiguration('dbbackup')
        .update('remindPassphrase', value, vscode.ConfigurationTarget.Workspace);
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Old', email: 'old@example.org' },
      date: new Date('2024-01-01'),
      passphrase,
    });
    await core.tasks.quietly((task) => core.service.importKeys({ data: Buffer.from(privateKey) }, task));
    const sessions = { all: [{ folder }] } as unknown as Sessions;
    const remind = () => remindOfPassphrase({ ...core, sessions, checks }, new Date());
    const prompts: string[] = [];
    replace('showInputBox', async ({ prompt }: vscode.InputBoxOptions) => {
      prompts.push(prompt ?? '');
      return passphrase;
    });
    const shown = collectMessages(({ buttons }) =>
      buttons.includes('Check Passphrase') ? 'Check Passphrase' : undefined,
    );
    await remind();
    assert.equal(shown.length, 0);
    await setting(true);
    await remind();
    await setting(undefined);
    assert.match(shown[0]?.message ?? '', /^Do you still know the passphrase of Old <old@example\.org>\?/);
    assert.equal(prompts.length, 1);
    assert.equal(shown[1]?.message, 'That is the passphrase of Old <old@example.org>.');
    memory.clear();
    await core.dispose();
    log.dispose();
  });

  it('comes a year after the last proof, for keys that have one, and not twice in a week', async () => {
    const old = made({});
    const others = [
      made({ fingerprint: 'B', secret: false }),
      made({ fingerprint: 'C', locked: false }),
      made({ fingerprint: 'D', source: 'gnupg' }),
      made({ fingerprint: 'E', created: '2026-05-01T00:00:00Z' }),
      made({ fingerprint: 'F', revoked: true }),
    ];
    const due = (day: string) =>
      checks.due([old, ...others], new Date(day)).map(({ fingerprint }) => fingerprint);
    assert.deepEqual(due('2025-12-31'), []);
    assert.deepEqual(due('2026-02-01'), ['A']);
    await checks.asked(new Date('2026-02-01'));
    assert.deepEqual(due('2026-02-05'), []);
    assert.deepEqual(due('2026-02-09'), ['A']);
    await checks.proved(old, new Date('2026-02-09'));
    assert.deepEqual(due('2027-02-01'), []);
    assert.deepEqual(due('2027-03-01'), ['A']);
  });
});
