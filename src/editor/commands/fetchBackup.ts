import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import { pickMany } from '../input/pick.ts';
import { plans } from '../progressPlan.ts';
import { views } from '../settings.ts';
import { remotesItem } from '../views/remoteItems.ts';
import { type CopyNode, compareCopies, copyNodes, type RemoteNode } from '../views/remoteNodes.ts';
import { backupCount, format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { chooseRemote, copyNodesOf } from './remoteTargets.ts';

type Parts = Pick<Editor, 'service' | 'tasks' | 'remotes' | 'listings' | 'tree'>;

/** *Fetch*: the selection of the view *Remotes*, rows that were dropped onto the backups, or what is picked. */
export function createFetchBackup(parts: Parts): Handler {
  return async (first, all) => {
    const nodes = await chosen(first, all, parts);
    const paths: string[] = [];
    for (const { session, parent, copy } of nodes) {
      const title = vscode.l10n.t('Fetching {0}', copy.file);
      const ask = { project: session.request, remote: parent.remote.name, file: copy.file };
      const work = { title, plan: plans.copy, view: views.remotes };
      const { path } = await parts.tasks
        .run(work, (task) => parts.service.remotePull(ask, task))
        .finally(() => session.refresh());
      paths.push(path);
    }
    const [node] = nodes;
    if (node && paths[0] !== undefined) await parts.tree.show(node.session, paths[0]);
    const names = format.list(paths.map((path) => basename(path)));
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} fetched: {1}', backupCount(paths.length), names),
    );
    return paths;
  };
}

/** What a remote holds now; asks for what it needs to know. */
export async function lookAt(node: RemoteNode, parts: Omit<Parts, 'tree'>): Promise<RemoteNode> {
  const { session, remote } = node;
  const title = vscode.l10n.t('Looking at {0}', remote.name);
  const ask = { project: session.request, remote: remote.name };
  const { address, files } = await parts.tasks
    .run({ title, plan: plans.quick, view: views.remotes }, (task) => parts.service.remoteList(ask, task))
    .finally(() => parts.listings.refresh(session, remote.name));
  const { backups } = await session.facts();
  const listing = { state: 'listed', address, copies: files } as const;
  return { ...node, listing, rows: compareCopies(backups, files) };
}

/** Rows of a remote that fit, picked from a list. @throws CancellationError, BackupError no-such-file where none fits */
export async function pickCopies(
  title: string,
  first: unknown,
  parts: Omit<Parts, 'tree'>,
  fits: (node: CopyNode) => boolean,
): Promise<CopyNode[]> {
  const node = await lookAt(await chooseRemote(title, first, parts), parts);
  const nodes = copyNodes(node).filter(fits);
  if (nodes.length === 0) {
    throw new BackupError('no-such-file', vscode.l10n.t('{0} has no backup for that.', node.remote.name));
  }
  const now = new Date();
  const entries = nodes.map((value) => {
    const { label, description } = remotesItem(value, now);
    return { label: String(label), description: String(description), detail: value.copy.file, value };
  });
  return pickMany(title, vscode.l10n.t('Choose backups'), entries);
}

async function chosen(first: unknown, all: unknown, parts: Parts): Promise<CopyNode[]> {
  const ids = droppedIds(first);
  const nodes = ids ? await parts.remotes.copies(ids) : copyNodesOf(first, all);
  const there = nodes.filter(isThere);
  if (there.length > 0) return there;
  if (nodes.length > 0) {
    throw new BackupError('target-exists', vscode.l10n.t('These backups are here already.'));
  }
  return pickCopies(vscode.l10n.t('Fetch Backups'), first, parts, isThere);
}

function isThere({ copy: { where } }: CopyNode): boolean {
  return where === 'there' || where === 'differs';
}

/** What the view *Backups* hands over: ids of rows of the view *Remotes*. */
function droppedIds(first: unknown): string[] | undefined {
  const known = typeof first === 'object' && first !== null && 'dropped' in first;
  return known ? (first as { dropped: string[] }).dropped : undefined;
}
