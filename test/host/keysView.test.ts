import * as assert from 'node:assert/strict';
import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import * as vscode from 'vscode';
import type { KeyInfo } from '../../src/core/service.ts';
import { commands } from '../../src/editor/settings.ts';
import { describeKey, keyItem } from '../../src/editor/views/keyItem.ts';
import { collectMessages, replace, restoreWindow } from './support/window.ts';

const key: KeyInfo = {
  fingerprint: '0123456789ABCDEF0123456789ABCDEF01234567',
  userIds: ['Ada <ada@example.org>', 'Eve [click](command:evil)'],
  algorithm: 'rsa4096',
  created: '2026-01-01T00:00:00.000Z',
  expires: null,
  revoked: false,
  canEncrypt: true,
  secret: true,
  subkeys: [
    {
      keyId: 'FEDCBA9876543210',
      algorithm: 'rsa3072',
      created: '2026-01-01T00:00:00.000Z',
      expires: null,
      revoked: false,
      uses: ['encrypt'],
    },
  ],
  source: 'both',
};
const now = new Date('2026-01-04T00:00:00.000Z');

type Entry = vscode.QuickPickItem & { value: string };

describe('the view Keys', function () {
  this.timeout(60_000);
  afterEach(restoreWindow);

  it('says in words what its icons show', () => {
    const item = keyItem({ key, mine: true, problems: ['expired'] }, now);
    assert.equal(item.label, 'Ada <ada@example.org>');
    assert.match(String(item.description), /recipient of this project.*expired.*secret key.*rsa4096/);
    assert.equal((item.iconPath as vscode.ThemeIcon).id, 'error');
    assert.match(item.accessibilityInformation?.label ?? '', /Ada.*expired/);
    assert.equal(item.contextValue, 'key;both;secret');
    const sound = keyItem({ key, mine: false, problems: [] }, now);
    assert.match(String(sound.description), /made 3 days ago.*does not expire.*89AB CDEF 0123 4567/);
  });

  it('shows user ids as text, whatever stands in them', () => {
    const { value } = describeKey({ key, mine: false, problems: [] });
    assert.doesNotMatch(value, /\[click\]\(command:evil\)/);
    assert.match(value, /0123.*4567/);
    assert.match(value.replaceAll('&nbsp;', ' '), /Subkey.*FEDC BA98 7654 3210.*rsa3072.*to encrypt/);
  });

  it('says of a key that GnuPG cannot read it before it is exported, and does not offer it to GnuPG', async () => {
    collectMessages();
    const { privateKey } = await generateKey({
      type: 'curve25519',
      userIDs: { name: 'Modern', email: 'modern@example.org' },
    });
    await vscode.env.clipboard.writeText(privateKey);
    const labels: string[] = [];
    let prompt: string | undefined;
    replace('showQuickPick', async (entries: Entry[], options?: vscode.QuickPickOptions) => {
      labels.push(...entries.map(({ label }) => label));
      prompt = options?.placeHolder;
      return entries.find(({ value }) => value === 'clipboard');
    });
    const [made] = (await vscode.commands.executeCommand<KeyInfo[]>(commands.importKey)) ?? [];
    assert.equal(made?.notForGnuPG, true);
    labels.length = 0;
    await vscode.commands.executeCommand(commands.exportKey, { key: made });
    assert.match(prompt ?? '', /GnuPG 2\.2 cannot read this key/);
    assert.deepEqual(
      labels.filter((label) => label.includes('GnuPG')),
      [],
    );
    assert.match(describeKey({ key: made as KeyInfo, mine: false, problems: [] }).value, /cannot&nbsp;read/);
  });

  it('exports a public key to the clipboard and copies a fingerprint', async () => {
    collectMessages();
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'curve25519Legacy',
      userIDs: { name: 'Grace Hopper', email: 'grace@example.org' },
    });
    const file = join(await mkdtemp(join(tmpdir(), 'dbbackup-keys-')), 'grace.asc');
    await writeFile(file, privateKey);
    const uri = vscode.Uri.file(file);
    const keys = await vscode.commands.executeCommand<KeyInfo[]>(commands.importKey, uri);
    const [made] = keys ?? [];
    assert.ok(made);
    replace('showQuickPick', async (entries: { value: string }[]) =>
      entries.find(({ value }) => value === 'clipboard'),
    );
    await vscode.commands.executeCommand(commands.exportKey, { key: made });
    assert.match(await vscode.env.clipboard.readText(), /^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
    await vscode.commands.executeCommand(commands.copyFingerprint, { key: made });
    assert.equal(await vscode.env.clipboard.readText(), made.fingerprint);

    await vscode.env.clipboard.writeText(privateKey);
    const taken = await vscode.commands.executeCommand<KeyInfo[]>(commands.importKey);
    assert.deepEqual(
      taken?.map(({ fingerprint }) => fingerprint),
      [made.fingerprint],
    );

    replace('showQuickPick', async (entries: { value: string }[]) =>
      entries.find(({ value }) => value === 'paste'),
    );
    replace('showInputBox', async ({ validateInput }: vscode.InputBoxOptions) => {
      const pasted = privateKey.replace(/\r?\n/g, ' ');
      assert.ok(await validateInput?.(pasted.slice(0, 100)));
      assert.equal(await validateInput?.(pasted), undefined);
      return pasted;
    });
    const pasted = await vscode.commands.executeCommand<KeyInfo[]>(commands.importKey);
    assert.equal(pasted?.[0]?.fingerprint, made.fingerprint);

    const kit = vscode.Uri.file(`${file}.html`);
    replace('showSaveDialog', async () => kit);
    await vscode.commands.executeCommand(commands.saveRecoveryKit, { key: made });
    const page = Buffer.from(await vscode.workspace.fs.readFile(kit)).toString();
    assert.match(page, /^<!doctype html>/);
    assert.match(page, /-----BEGIN PGP PRIVATE KEY BLOCK-----/);
    assert.doesNotMatch(page, /<script/i);
    if (process.platform !== 'win32') assert.equal((await stat(kit.fsPath)).mode & 0o777, 0o600);
  });
});
