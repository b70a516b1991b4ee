import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { BackupError } from '../../src/core/errors.ts';
import type { Session } from '../../src/editor/session.ts';
import { remotesItem } from '../../src/editor/views/remoteItems.ts';
import { type CopyRow, copyNodes, type RemoteNode } from '../../src/editor/views/remoteNodes.ts';

const now = new Date('2026-11-24T12:00:00Z');
const row: CopyRow = {
  file: 'default-web1-2026-11-24-100000.dump.gpg',
  kind: 'database',
  database: 'default',
  encrypted: true,
  bytes: 2000,
  date: '2026-11-24T10:00:00.000Z',
  where: 'there',
  path: undefined,
};
const here: CopyRow = { ...row, file: 'default-web1-2026-11-24-110000.dump.gpg', where: 'here', path: '/x' };
const node: RemoteNode = {
  type: 'remote',
  id: 'folder#remote:nas',
  session: {} as Partial<Session> as Session,
  remote: { name: 'nas', kind: 'folder', place: '/mnt/nas' },
  listing: { state: 'listed', address: '/mnt/nas/app', copies: [] },
  rows: [here, row],
  folder: undefined,
};
const iconOf = (item: vscode.TreeItem) => (item.iconPath as vscode.ThemeIcon).id;

describe('the view Remotes', () => {
  it('says how old the newest is there, how many there are, and what is only here', () => {
    const item = remotesItem(node, now);
    assert.equal(item.label, 'nas');
    assert.equal(item.description, 'newest 2 hours ago · 1 backup · 1 only here');
    assert.equal(item.tooltip, '/mnt/nas/app');
    assert.equal(item.contextValue, 'remote;folder;listed');
    assert.equal(iconOf(item), 'folder');
    assert.equal(item.accessibilityInformation?.label, 'nas, newest 2 hours ago, 1 backup, 1 only here');
    assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
  });

  it('says where each backup lies, for eyes and for screen readers', () => {
    const [first, second] = copyNodes(node).map((copy) => remotesItem(copy, now));
    assert.match(String(first?.description), /^only here · default · 2 kB · encrypted/);
    assert.equal(first?.contextValue, 'copy;here;database');
    assert.match(second?.accessibilityInformation?.label ?? '', /^2 hours ago, only there, default/);
    assert.equal(second?.contextValue, 'copy;there;database');
  });

  it('says why one cannot be looked at, and what helps', () => {
    const failing = (code: 'remote-failed' | 'passphrase-needed' | 'not-confirmed') => {
      const failure = new BackupError(code, 'It is not there.', 'Switch it on.');
      return remotesItem({ ...node, rows: [], listing: { state: 'failed', failure } }, now);
    };
    assert.equal(failing('remote-failed').description, 'cannot be reached');
    assert.equal(iconOf(failing('remote-failed')), 'warning');
    assert.equal(failing('remote-failed').tooltip, '/mnt/nas\n\nIt is not there.\n\nSwitch it on.');
    assert.match(String(failing('passphrase-needed').description), /test it/);
    assert.match(String(failing('not-confirmed').description), /not known yet: test it/);
    const looking = remotesItem({ ...node, rows: [], listing: { state: 'looking' } }, now);
    assert.equal(looking.description, 'looking…');
    assert.equal(looking.collapsibleState, vscode.TreeItemCollapsibleState.None);
  });
});
