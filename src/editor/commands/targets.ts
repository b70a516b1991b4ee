import * as vscode from 'vscode';
import type { Backup, KeyInfo } from '../../core/service.ts';
import type { Session } from '../session.ts';
import { type BackupNode, type BackupsNode, backupNodes } from '../views/nodes.ts';

/** The tree node that a menu handed over. */
export function nodeOf(first: unknown): BackupsNode | undefined {
  const known = typeof first === 'object' && first !== null && 'type' in first && 'session' in first;
  return known ? (first as BackupsNode) : undefined;
}

/** The file that the explorer handed over. */
export function uriOf(first: unknown): vscode.Uri | undefined {
  return first instanceof vscode.Uri ? first : undefined;
}

/** The files that the explorer handed over: the selection, or the one under the pointer where it is not part of it. */
export function urisOf(first: unknown, all: unknown): vscode.Uri[] {
  const selected = Array.isArray(all) ? all : [first];
  return selected.filter((one) => one instanceof vscode.Uri);
}

/** Of the explorer's files, those that are in a folder's list of backups. */
export async function backupsAt(uris: readonly vscode.Uri[], session: Session): Promise<Backup[]> {
  const { backups } = await session.facts();
  return backups.filter(({ path }) => uris.some(({ fsPath }) => fsPath === path));
}

/** The backups that a menu was opened on: the selection, or the one under the pointer where it is not part of it;
 * a restore point stands for its parts. */
export function backupNodesOf(first: unknown, all: unknown): BackupNode[] {
  const selected = Array.isArray(all) ? all : [first];
  const nodes = selected.map(nodeOf).flatMap((node) => {
    if (node?.type === 'point') return backupNodes(node);
    return node?.type === 'backup' ? [node] : [];
  });
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

export function sessionOf(first: unknown): Session | undefined {
  return nodeOf(first)?.session;
}

/** The keys that a menu was opened on. */
export function keysOf(first: unknown, all: unknown): KeyInfo[] {
  const selected = Array.isArray(all) ? all : [first];
  return selected.flatMap((node) =>
    typeof node === 'object' && node !== null && 'key' in node ? [node.key as KeyInfo] : [],
  );
}
