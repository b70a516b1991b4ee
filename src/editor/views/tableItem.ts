import * as vscode from 'vscode';
import { commands, itemKinds } from '../settings.ts';
import { rowCount } from '../words.ts';
import type { TableNode } from './nodes.ts';

/** A table inside of a backup; a click shows its rows. */
export function tableItem(node: TableNode): vscode.TreeItem {
  const { name, rows } = node.table;
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.description = rowCount(rows);
  item.iconPath = new vscode.ThemeIcon('table');
  item.contextValue = itemKinds.table;
  item.tooltip = name;
  item.command = { command: commands.openBackup, title: vscode.l10n.t('Open'), arguments: [node] };
  item.accessibilityInformation = { label: [vscode.l10n.t('Table {0}', name), rowCount(rows)].join(', ') };
  return item;
}
