import * as vscode from 'vscode';
import { mediaUri } from '../mediaContents.ts';
import { itemKinds } from '../settings.ts';
import { dot, fileCount, format } from '../words.ts';
import { nameOf } from './mediaTree.ts';
import type { MediaFileNode, MediaFolderNode, NoteNode } from './nodes.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function mediaFolderItem({ id, folder }: MediaFolderNode): vscode.TreeItem {
  const item = new vscode.TreeItem(
    folder.name,
    folder.files > 0 || folder.folders.length > 0 ? Collapsed : None,
  );
  const words = [fileCount(folder.files), format.bytes(folder.bytes)];
  item.id = id;
  item.description = words.join(dot);
  item.iconPath = vscode.ThemeIcon.Folder;
  item.contextValue = itemKinds.mediaFolder;
  item.tooltip = folder.path;
  item.accessibilityInformation = { label: [folder.name, ...words].join(', ') };
  return item;
}

/** A click opens the file as it is in the backup. */
export function mediaFileItem({ id, backup, file }: MediaFileNode): vscode.TreeItem {
  const name = nameOf(file.path);
  const item = new vscode.TreeItem(name, None);
  item.id = id;
  item.contextValue = itemKinds.mediaFile;
  item.tooltip = file.path;
  if (file.type === 'symlink') {
    item.description = `→ ${file.linkTarget ?? ''}`;
    item.iconPath = new vscode.ThemeIcon('file-symlink-file');
  } else {
    const facts = [format.bytes(file.size)];
    if (file.mtime !== undefined) facts.push(format.moment(new Date(file.mtime), new Date()));
    item.description = facts.join(dot);
    item.resourceUri = mediaUri(backup, file);
    item.iconPath = vscode.ThemeIcon.File;
    item.command = {
      command: 'vscode.open',
      title: vscode.l10n.t('Open'),
      arguments: [item.resourceUri],
    };
  }
  item.accessibilityInformation = { label: [name, item.description].join(', ') };
  return item;
}

/** Stands in a backup that has nothing to show, or cannot be opened. */
export function noteItem({ id, failure }: NoteNode): vscode.TreeItem {
  const words = failure ? vscode.l10n.t('Not opened') : vscode.l10n.t('Empty');
  const item = new vscode.TreeItem(words, None);
  item.id = id;
  item.contextValue = itemKinds.note;
  if (failure) {
    item.description = failure.message;
    const again = vscode.l10n.t('Close and open the backup to try again.');
    item.tooltip = [failure.message, failure.hint, again].filter(Boolean).join('\n\n');
    item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    item.accessibilityInformation = { label: [words, failure.message].join(', ') };
  }
  return item;
}
