import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import { pickOne } from '../input/pick.ts';
import type { Session } from '../session.ts';
import { remotesItem } from '../views/remoteItems.ts';
import type { CopyNode, RemoteNode, RemotesNode } from '../views/remoteNodes.ts';
import type { Editor } from './command.ts';

/** The row of the view *Remotes* that a menu handed over. */
export function remotesNodeOf(first: unknown): RemotesNode | undefined {
  const known = typeof first === 'object' && first !== null && 'type' in first && 'session' in first;
  const node = known ? (first as RemotesNode) : undefined;
  return node?.type === 'remote' || node?.type === 'copy' ? node : undefined;
}

/** The backups of the view *Remotes* that a menu was opened on. */
export function copyNodesOf(first: unknown, all: unknown): CopyNode[] {
  const selected = Array.isArray(all) ? all : [first];
  return selected.map(remotesNodeOf).filter((node) => node?.type === 'copy');
}

/**
 * The remote that a menu was opened on, the only one, or the one that is picked, of one folder where it is given.
 * @throws CancellationError, BackupError no-such-remote
 */
export async function chooseRemote(
  title: string,
  first: unknown,
  { remotes }: Pick<Editor, 'remotes'>,
  session?: Session,
): Promise<RemoteNode> {
  const node = remotesNodeOf(first);
  if (node) return node.type === 'copy' ? node.parent : node;
  const all = (await remotes.remotes()).filter((one) => session === undefined || one.session === session);
  const [only] = all;
  if (!only) {
    throw new BackupError(
      'no-such-remote',
      vscode.l10n.t('No remote is set up.'),
      vscode.l10n.t('Add one: a folder, a server, or what your rclone knows.'),
    );
  }
  if (all.length === 1) return only;
  const now = new Date();
  const entries = all.map((one) => {
    const { description, iconPath } = remotesItem(one, now);
    return {
      label: one.remote.name,
      description: String(description ?? ''),
      detail: one.remote.place,
      ...(iconPath instanceof vscode.ThemeIcon ? { iconPath } : {}),
      value: one,
    };
  });
  return pickOne(title, vscode.l10n.t('Choose a remote'), entries);
}
