import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Backup, MessageRecipients } from '../../core/service.ts';
import { itemKinds } from '../settings.ts';
import { backupCount, dot, format } from '../words.ts';
import { mediaFileItem, mediaFolderItem, noteItem } from './mediaItems.ts';
import type {
  BackupNode,
  BackupsNode,
  FolderNode,
  GroupNode,
  PointNode,
  PointsNode,
  ProblemNode,
} from './nodes.ts';
import { drillWords, isPinned, labelsOf, newestDrill, noteRows, pinWords } from './noteWords.ts';
import { openerLines } from './openerLines.ts';
import { partsOf } from './points.ts';
import { tableItem } from './tableItem.ts';

const { Expanded, Collapsed, None } = vscode.TreeItemCollapsibleState;

/** False for a backup that no key at hand opens; undefined while that is not known. */
export type CanOpen = (backup: Backup) => boolean | undefined;

interface Lock {
  encrypted: boolean;
  /** True where no key at hand opens it. */
  closed?: boolean;
}

/** How a node looks and reads; tooltips of backups are filled in by {@link describeBackup} when they are wanted. */
export function toItem(node: BackupsNode, now: Date, canOpen: CanOpen = () => undefined): vscode.TreeItem {
  switch (node.type) {
    case 'folder':
      return folderItem(node);
    case 'points':
      return pointsItem(node);
    case 'point':
      return pointItem(node, now, canOpen);
    case 'group':
      return groupItem(node, now);
    case 'backup':
      return backupItem(node, now, canOpen);
    case 'table':
      return tableItem(node);
    case 'media-folder':
      return mediaFolderItem(node);
    case 'media-file':
      return mediaFileItem(node);
    case 'note':
      return noteItem(node);
    case 'problem':
      return problemItem(node);
  }
}

function folderItem({ id, session, facts }: FolderNode): vscode.TreeItem {
  const empty = facts.backups.length === 0 && !facts.failure;
  const item = new vscode.TreeItem(session.folder.name, empty ? None : Expanded);
  item.id = id;
  item.iconPath = new vscode.ThemeIcon('folder');
  item.contextValue = itemKinds.folder;
  item.tooltip = session.folder.uri.fsPath;
  if (facts.project) item.description = folderWords(facts.project.databases.length, facts.backups.length);
  return item;
}

function folderWords(databases: number, backups: number): string {
  if (backups > 0) return backupCount(backups);
  return databases > 0 ? vscode.l10n.t('no backups yet') : vscode.l10n.t('no database found');
}

function groupItem({ id, group }: GroupNode, now: Date): vscode.TreeItem {
  const { backups, kind } = group;
  const item = new vscode.TreeItem(groupName(group), backups.length > 0 ? Expanded : None);
  const bytes = backups.reduce((sum, backup) => sum + backup.bytes, 0);
  const words =
    backups.length > 0
      ? [backupCount(backups.length), format.bytes(bytes)]
      : [vscode.l10n.t('no backups yet')];
  words.push(...drillWords(newestDrill(backups), now));
  item.id = id;
  item.description = words.join(dot);
  item.iconPath = new vscode.ThemeIcon(kind === 'media' ? 'file-media' : 'database');
  item.contextValue = `${itemKinds.group};${kind}`;
  item.accessibilityInformation = { label: [groupName(group), ...words].join(', ') };
  return item;
}

export function groupName({ kind, database }: Pick<GroupNode['group'], 'kind' | 'database'>): string {
  if (kind === 'media') return vscode.l10n.t('Media files');
  return database ?? vscode.l10n.t('Other databases');
}

function pointsItem({ id, points }: PointsNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Restore points'), Expanded);
  const bytes = points.flatMap(partsOf).reduce((sum, backup) => sum + backup.bytes, 0);
  const words = [format.number(points.length), format.bytes(bytes)];
  item.id = id;
  item.description = words.join(dot);
  item.iconPath = new vscode.ThemeIcon('layers');
  item.contextValue = itemKinds.points;
  item.tooltip = vscode.l10n.t('Database and media files of one moment, restored both or neither.');
  item.accessibilityInformation = { label: [vscode.l10n.t('Restore points'), ...words].join(', ') };
  return item;
}

function pointItem({ id, point }: PointNode, now: Date, canOpen: CanOpen): vscode.TreeItem {
  const parts = partsOf(point);
  const date = new Date(point.media.date);
  const ago = format.ago(date, now);
  const bytes = parts.reduce((sum, backup) => sum + backup.bytes, 0);
  const lock = {
    encrypted: parts.every(({ encrypted }) => encrypted),
    closed: parts.some((part) => canOpen(part) === false),
  };
  const facts = [
    ...pinWords(parts),
    ...labelsOf(parts),
    format.moment(date, now),
    format.bytes(bytes),
    lockWords(lock),
  ];
  const item = new vscode.TreeItem(ago, Collapsed);
  item.id = id;
  item.description = facts.join(dot);
  item.iconPath = lockIcon(lock);
  item.contextValue = [
    itemKinds.point,
    lock.encrypted ? 'encrypted' : 'plain',
    ...(isPinned(parts) ? ['pinned'] : []),
  ].join(';');
  item.tooltip = parts.map(({ file }) => file).join('\n');
  item.accessibilityInformation = { label: [vscode.l10n.t('Restore point'), ago, ...facts].join(', ') };
  return item;
}

function backupItem({ id, backup, parent }: BackupNode, now: Date, canOpen: CanOpen): vscode.TreeItem {
  const date = new Date(backup.date);
  // Within a restore point the time is known: what it is a part of is not.
  const part = parent.type === 'point';
  const label = part ? groupName(backup) : format.ago(date, now);
  const opens = vscode.workspace.isTrusted;
  const lock = { encrypted: backup.encrypted, closed: canOpen(backup) === false };
  const facts = [
    // In a narrow side bar the end is cut off: what tells one row from the next comes first.
    ...(part ? [] : [...pinWords([backup]), ...labelsOf([backup]), format.moment(date, now)]),
    format.bytes(backup.bytes),
    lockWords(lock),
    ...drillWords(backup.drill, now),
  ];
  const item = new vscode.TreeItem(label, opens ? Collapsed : None);
  item.id = id;
  item.description = facts.join(dot);
  item.iconPath = lockIcon(lock);
  item.contextValue = [
    itemKinds.backup,
    backup.kind,
    backup.encrypted ? 'encrypted' : 'plain',
    ...(backup.pinned ? ['pinned'] : []),
  ].join(';');
  item.accessibilityInformation = { label: [label, ...facts].join(', ') };
  return item;
}

export function lockWords({ encrypted, closed }: Lock): string {
  if (encrypted && closed) return vscode.l10n.t('you hold no key for it');
  return encrypted ? vscode.l10n.t('encrypted') : vscode.l10n.t('not encrypted');
}

export function lockIcon({ encrypted, closed }: Lock): vscode.ThemeIcon {
  if (encrypted && closed) {
    return new vscode.ThemeIcon('circle-slash', new vscode.ThemeColor('list.warningForeground'));
  }
  return encrypted
    ? new vscode.ThemeIcon('lock')
    : new vscode.ThemeIcon('unlock', new vscode.ThemeColor('list.warningForeground'));
}

/** All that is known of a backup without opening it; with whose keys open it, where that was read. */
export function describeBackup(backup: Backup, openers?: MessageRecipients): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const rows: [string, string][] = [
    [vscode.l10n.t('Made'), format.fullMoment(new Date(backup.date))],
    [vscode.l10n.t('Size'), format.bytes(backup.bytes)],
    [vscode.l10n.t('Protection'), lockWords({ ...backup, closed: openers?.canOpen === false })],
    ...noteRows(backup),
    ...(backup.host ? [[vscode.l10n.t('Host'), backup.host] as [string, string]] : []),
    ...(openers ? openerLines(openers) : []).map(
      (line) => [vscode.l10n.t('Who can open this'), line] as [string, string],
    ),
  ];
  text.appendMarkdown('**');
  text.appendText(backup.file);
  text.appendMarkdown('**\n\n');
  for (const [name, value] of rows) {
    text.appendText(`${name}: ${value}`);
    text.appendMarkdown('  \n');
  }
  return text;
}

function problemItem({ id, session, failure }: ProblemNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('This project cannot be read'), None);
  item.id = id;
  item.description = failure.message;
  item.tooltip = [failure.message, failure.hint].filter(Boolean).join('\n\n');
  item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  item.contextValue = itemKinds.problem;
  item.accessibilityInformation = {
    label: vscode.l10n.t('{0} cannot be read: {1}', basename(session.folder.uri.fsPath), failure.message),
  };
  return item;
}
