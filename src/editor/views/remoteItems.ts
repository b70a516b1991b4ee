import * as vscode from 'vscode';
import type { RemoteKind } from '../remotes.ts';
import { itemKinds } from '../settings.ts';
import { backupCount, dot, format } from '../words.ts';
import { groupName, lockWords } from './items.ts';
import type { CopyNode, CopyRow, RemoteNode, RemotesNode, Where } from './remoteNodes.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function remotesItem(node: RemotesNode, now: Date): vscode.TreeItem {
  return node.type === 'remote' ? remoteItem(node, now) : copyItem(node, now);
}

function remoteItem({ id, remote, listing, rows, folder }: RemoteNode, now: Date): vscode.TreeItem {
  const item = new vscode.TreeItem(remote.name, rows.length > 0 ? Collapsed : None);
  const words = [...(folder === undefined ? [] : [folder]), ...stateWords({ listing, rows }, now)];
  item.id = id;
  item.description = words.join(dot);
  item.iconPath = remoteIcon(remote.kind, listing.state);
  item.contextValue = [itemKinds.remote, remote.kind, listing.state].join(';');
  item.tooltip = describeRemote({ remote, listing });
  item.accessibilityInformation = { label: [remote.name, ...words].join(', ') };
  return item;
}

function stateWords({ listing, rows }: Pick<RemoteNode, 'listing' | 'rows'>, now: Date): string[] {
  if (listing.state === 'looking') return [vscode.l10n.t('looking…')];
  if (listing.state === 'failed') return [failureWords(listing.failure.code)];
  const there = rows.filter(({ where }) => where !== 'here');
  const onlyHere = rows.length - there.length;
  const [newest] = there;
  return [
    ...(newest ? [vscode.l10n.t('newest {0}', format.ago(new Date(newest.date), now))] : []),
    newest ? backupCount(there.length) : vscode.l10n.t('no backups yet'),
    ...(onlyHere > 0 ? [vscode.l10n.t('{0} only here', format.number(onlyHere))] : []),
  ];
}

function failureWords(code: string): string {
  switch (code) {
    case 'passphrase-needed':
    case 'wrong-passphrase':
      return vscode.l10n.t('wants to know who you are: test it');
    case 'not-confirmed':
      return vscode.l10n.t('a server that is not known yet: test it');
    case 'usage':
      return vscode.l10n.t('its setting is wrong');
    default:
      return vscode.l10n.t('cannot be reached');
  }
}

function describeRemote({ remote, listing }: Pick<RemoteNode, 'remote' | 'listing'>): string {
  if (listing.state === 'looking') return remote.place;
  if (listing.state === 'listed') return listing.address;
  const { message, hint } = listing.failure;
  return [remote.place, message, hint].filter(Boolean).join('\n\n');
}

const icons: Record<RemoteKind, string> = {
  folder: 'folder',
  sftp: 'remote',
  ftp: 'server',
  rclone: 'cloud',
};

function remoteIcon(kind: RemoteKind, state: RemoteNode['listing']['state']): vscode.ThemeIcon {
  if (state === 'looking') return new vscode.ThemeIcon('loading~spin');
  return state === 'failed'
    ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
    : new vscode.ThemeIcon(icons[kind]);
}

function copyItem({ id, copy }: CopyNode, now: Date): vscode.TreeItem {
  const date = new Date(copy.date);
  const ago = format.ago(date, now);
  const item = new vscode.TreeItem(ago, None);
  const facts = [
    whereWords(copy.where),
    groupName(copy),
    format.bytes(copy.bytes),
    lockWords(copy),
    format.moment(date, now),
  ];
  item.id = id;
  item.description = facts.join(dot);
  item.iconPath = whereIcon(copy);
  item.contextValue = [itemKinds.copy, copy.where, copy.kind].join(';');
  item.tooltip = [copy.file, facts.join(dot)].join('\n');
  item.accessibilityInformation = { label: [ago, ...facts].join(', ') };
  return item;
}

function whereWords(where: Where): string {
  switch (where) {
    case 'both':
      return vscode.l10n.t('here and there');
    case 'there':
      return vscode.l10n.t('only there');
    case 'here':
      return vscode.l10n.t('only here');
    case 'differs':
      return vscode.l10n.t('here with other content');
  }
}

function whereIcon({ where }: CopyRow): vscode.ThemeIcon {
  switch (where) {
    case 'both':
      return new vscode.ThemeIcon('check-all');
    case 'there':
      return new vscode.ThemeIcon('cloud');
    case 'here':
      return new vscode.ThemeIcon('device-desktop', new vscode.ThemeColor('list.warningForeground'));
    case 'differs':
      return new vscode.ThemeIcon('diff', new vscode.ThemeColor('list.warningForeground'));
  }
}
