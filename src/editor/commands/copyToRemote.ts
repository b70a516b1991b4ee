import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { RemoteAnswer } from '../../core/service.ts';
import { pickBackups } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import { views } from '../settings.ts';
import type { RemoteNode } from '../views/remoteNodes.ts';
import { backupCount } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { chooseRemote, copyNodesOf, remotesNodeOf } from './remoteTargets.ts';
import { backupNodesOf, sessionOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'remotes' | 'listings'>;

/** *Copy to…*: the selection, files that were dropped onto a remote, or what is picked. */
export function createCopyTo(parts: Parts): Handler {
  return async (first, all) => {
    const chosen = await choose(first, all, parts);
    const answers: RemoteAnswer[] = [];
    for (const [node, paths] of chosen) answers.push(await copy(node, paths, parts));
    return answers;
  };
}

/** *Copy What Is Only Here*: everything that a remote lacks. */
export function createCopyMissing(parts: Parts): Handler {
  return async (first) => {
    const node = await chooseRemote(vscode.l10n.t('Copy What Is Only Here'), first, parts);
    return copy(node, undefined, parts);
  };
}

async function copy(node: RemoteNode, files: string[] | undefined, parts: Parts): Promise<RemoteAnswer> {
  const { session, remote } = node;
  const what = files ? backupCount(files.length) : vscode.l10n.t('what is only here');
  const title = vscode.l10n.t('Copying {0} to {1}', what, remote.name);
  const work = { title, plan: files?.length === 1 ? plans.push : plans.quick, view: views.remotes };
  const ask = { project: session.request, remote: remote.name, ...(files ? { files } : {}) };
  const answer = await parts.tasks
    .run(work, (task) => parts.service.remotePush(ask, task))
    .finally(() => {
      parts.listings.refresh(session, remote.name);
      return session.refresh();
    });
  sayCopied(answer, remote.name);
  return answer;
}

function sayCopied({ files }: RemoteAnswer, name: string): void {
  const message =
    files.length > 0
      ? vscode.l10n.t('{0} copied to {1}.', backupCount(files.length), name)
      : vscode.l10n.t('Nothing is only here: {0} has every backup.', name);
  void vscode.window.showInformationMessage(message);
}

async function choose(first: unknown, all: unknown, parts: Parts): Promise<Map<RemoteNode, string[]>> {
  const title = vscode.l10n.t('Copy to Remote');
  const rows = copyNodesOf(first, all).filter(({ copy: { path } }) => path !== undefined);
  if (rows.length > 0) {
    const chosen = new Map<RemoteNode, string[]>();
    for (const { parent, copy } of rows)
      chosen.set(parent, [...(chosen.get(parent) ?? []), ...(copy.path === undefined ? [] : [copy.path])]);
    return chosen;
  }
  const target = remotesNodeOf(first);
  if (target) {
    const node = target.type === 'copy' ? target.parent : target;
    return new Map([[node, await dropped(node, all)]]);
  }
  const nodes = backupNodesOf(first, all);
  const session = sessionOf(first) ?? (await pickSession(parts.sessions, title));
  const paths =
    nodes.length > 0
      ? nodes.filter((node) => node.session === session).map(({ backup }) => backup.path)
      : (await pickBackups(session, title)).map(({ path }) => path);
  return new Map([[await chooseRemote(title, undefined, parts, session), paths]]);
}

/** Only backups of the remote's own project: what else a drag carries has no place there. */
async function dropped({ session, remote }: RemoteNode, all: unknown): Promise<string[]> {
  const uris = Array.isArray(all) ? all.filter((one) => one instanceof vscode.Uri) : [];
  const { backups } = await session.facts();
  const paths = uris
    .map(({ fsPath }) => fsPath)
    .filter((path) => backups.some((backup) => backup.path === path));
  if (paths.length > 0) return paths;
  throw new BackupError(
    'no-such-file',
    vscode.l10n.t('{0} takes backups of its own project alone.', remote.name),
    vscode.l10n.t('Import the file into the backups folder first.'),
  );
}
