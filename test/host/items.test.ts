import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { BackupError } from '../../src/core/errors.ts';
import type { Project } from '../../src/core/project/project.ts';
import type { Backup } from '../../src/core/service.ts';
import type { Facts, Session } from '../../src/editor/session.ts';
import { describeBackup, toItem } from '../../src/editor/views/items.ts';
import {
  type BackupsNode,
  backupNodes,
  folderNode,
  type GroupNode,
  nodesOf,
  pointNodes,
} from '../../src/editor/views/nodes.ts';

const now = new Date('2026-11-23T12:00:00Z');
const session = {
  folder: { name: 'site', uri: vscode.Uri.file('/site'), index: 0 },
} as Partial<Session> as Session;

function backup(file: string, more: Partial<Backup> = {}): Backup {
  return {
    file,
    path: `/site/backups/${file}`,
    kind: 'database',
    database: 'default',
    host: 'web1',
    date: '2026-11-23T09:00:00.000Z',
    bytes: 45_678,
    encrypted: true,
    compressed: false,
    ...more,
  };
}

function facts(backups: Backup[], aliases = ['default']): Facts {
  const databases = aliases.map((alias) => ({ alias, path: `/site/${alias}.sqlite3` }));
  return { project: { databases } as Partial<Project> as Project, backups };
}

function items(backups: Backup[]): vscode.TreeItem[] {
  const [group] = nodesOf(session, facts(backups), undefined);
  return backupNodes(group as GroupNode).map((node) => toItem(node, now));
}

describe('rows of the view Backups', () => {
  it('say how old a backup is, how big, and that it is encrypted, by icon and in words', () => {
    const [item] = items([backup('a.dump.gpg')]);
    assert.equal(item?.label, '3 hours ago');
    assert.match(String(item?.description), /^Nov 23, .+ · 45\.7 kB · encrypted$/);
    assert.equal((item!.iconPath as vscode.ThemeIcon).id, 'lock');
    assert.equal(item?.contextValue, 'backup;database;encrypted');
    assert.match(
      item?.accessibilityInformation?.label ?? '',
      /^3 hours ago, Nov 23, .+, 45\.7 kB, encrypted$/,
    );
  });

  it('say as plainly that one is not encrypted', () => {
    const [item] = items([backup('a.dump', { encrypted: false })]);
    assert.match(String(item?.description), / · not encrypted$/);
    assert.equal((item!.iconPath as vscode.ThemeIcon).id, 'unlock');
    assert.equal(item?.contextValue, 'backup;database;plain');
  });

  it('show a label, a pin and the last drill; the tooltip has the note, the copies and the commit too', () => {
    const noted = backup('a.dump.gpg', {
      label: 'before the migration',
      note: '<b>ask</b> [Ada](command:x)',
      pinned: true,
      drill: { date: '2026-11-20T12:00:00.000Z', ok: true },
      copies: ['nas'],
      git: { branch: 'main', commit: '0123456789abcdef0123' },
    });
    const [item] = items([noted]);
    assert.match(
      String(item?.description),
      /^pinned · before the migration · Nov 23, .+ · 45\.7 kB · encrypted · /,
    );
    assert.match(String(item?.description), / · proved restorable 3 days ago$/);
    assert.equal(item?.contextValue, 'backup;database;encrypted;pinned');
    const value = describeBackup(noted).value.replaceAll('&nbsp;', ' ');
    assert.match(value, /Git branch: main/);
    assert.match(value, /0123456789ab\b/);
    assert.match(value, /Copied to: nas/);
    assert.doesNotMatch(value, /\[Ada\]\(command:x\)|<b>/, 'a note must not become a link or HTML');
    const [group] = nodesOf(session, facts([noted]), undefined);
    assert.match(String(toItem(group as BackupsNode, now).description), /proved restorable 3 days ago$/);
  });

  it('leave the tooltip to be filled in when it is wanted, with the exact time', () => {
    const [item] = items([backup('a.dump.gpg')]);
    assert.equal(item?.tooltip, undefined);
    const { value } = describeBackup(backup('*a* [x](command:y).dump.gpg'));
    assert.match(value, /2026/);
    assert.doesNotMatch(value, /\[x\]\(command:y\)/, 'a file name must not become a link');
  });

  it('are groups of databases and media, each with their count and size', () => {
    const nodes = nodesOf(
      session,
      facts([
        backup('a', { bytes: 1000 }),
        backup('b', { bytes: 1000 }),
        backup('m', { kind: 'media', database: undefined, date: '2026-11-22T09:00:00.000Z' }),
      ]),
      undefined,
    );
    const groups = nodes.map((node) => toItem(node, now));
    assert.deepEqual(
      groups.map(({ label, description, contextValue }) => [label, description, contextValue]),
      [
        ['default', '2 backups · 2 kB', 'group;database'],
        ['Media files', '1 backup · 45.7 kB', 'group;media'],
      ],
    );
    assert.equal(groups[0]?.collapsibleState, vscode.TreeItemCollapsibleState.Expanded);
  });

  it('are one for a restore point, which opens into its parts', () => {
    const [points] = nodesOf(
      session,
      facts([
        backup('a', { bytes: 1000 }),
        backup('m', { bytes: 2000, kind: 'media', database: undefined, encrypted: false }),
      ]),
      undefined,
    );
    assert.ok(points?.type === 'points');
    assert.deepEqual(
      [toItem(points, now).label, toItem(points, now).description],
      ['Restore points', '1 · 3 kB'],
    );
    const [point] = pointNodes(points);
    assert.ok(point);
    const item = toItem(point, now);
    assert.equal(item.label, '3 hours ago');
    assert.match(
      String(item.description),
      /^Nov 23, .+ · 3 kB · not encrypted$/,
      'one plain part makes it plain',
    );
    assert.equal(item.contextValue, 'point;plain');
    assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    assert.deepEqual(
      backupNodes(point).map((node) => [toItem(node, now).label, toItem(node, now).contextValue]),
      [
        ['default', 'backup;database;encrypted'],
        ['Media files', 'backup;media;plain'],
      ],
    );
  });

  it('show a database without a backup beside others, and cannot be opened there', () => {
    const [, second] = nodesOf(session, facts([backup('a')], ['default', 'logs']), undefined);
    const item = toItem(second!, now);
    assert.equal(item.description, 'no backups yet');
    assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.None);
  });

  it('leave an empty view to its welcome content', () => {
    assert.deepEqual(nodesOf(session, facts([]), undefined), []);
  });

  it('say why a project cannot be read', () => {
    const failure = new BackupError('settings-unreadable', 'settings.py, line 3: what is this?', 'Mend it.');
    const [node] = nodesOf(session, { backups: [], failure }, undefined);
    const item = toItem(node!, now);
    assert.equal(item.description, failure.message);
    assert.match(String(item.tooltip), /Mend it\./);
  });

  it('have ids that are unique, and the same after a refresh', () => {
    const ids = () => {
      const parent = folderNode(
        session,
        facts(
          [backup('a'), backup('b'), backup('m', { kind: 'media', database: undefined })],
          ['default', 'logs'],
        ),
      );
      const groups = nodesOf(session, parent.facts, parent);
      const all: BackupsNode[] = [parent, ...groups];
      for (const group of groups) {
        if (group.type === 'group') all.push(...backupNodes(group));
        if (group.type === 'points')
          for (const point of pointNodes(group)) all.push(point, ...backupNodes(point));
      }
      return all.map((node) => toItem(node, now).id);
    };
    assert.equal(new Set(ids()).size, ids().length);
    assert.deepEqual(ids(), ids());
  });
});
