import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Database } from '../../core/project/project.ts';
import { pickDatabase } from '../input/pickDatabase.ts';
import { foreignHost, hasRules } from '../maskOffer.ts';
import { plans } from '../progressPlan.ts';
import { views } from '../settings.ts';
import { compareCopies, newestThere, type RemoteNode } from '../views/remoteNodes.ts';
import type { Editor, Handler } from './command.ts';
import { chooseRemote } from './remoteTargets.ts';
import { type RestoreParts, restore } from './restore.ts';

type Parts = RestoreParts & Pick<Editor, 'sessions' | 'remotes' | 'listings'>;

/**
 * *Fetch Latest and Restore…*: the newest database backup of a remote, fetched where it is not here, and restored; masked
 * where it is of another host and the settings have rules for that.
 */
export function createFetchAndRestore(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Fetch Latest and Restore');
    const node = await chooseRemote(title, first, parts);
    const { session, remote } = node;
    const project = await session.project();
    const database = await pickDatabase(project, title);
    const path = await fetchNewest(node, database, parts).finally(() =>
      parts.listings.refresh(session, remote.name),
    );
    await session.refresh();
    const alias = database ? { database: database.alias } : {};
    const choice = { file: path, what: 'database' as const, ...alias };
    // Where nothing tells whose backup it is, the question before the restore offers it.
    const mask = hasRules(session) && Boolean(await foreignHost(session, choice));
    return restore(session, mask ? { ...choice, mask } : choice, parts);
  };
}

async function fetchNewest(
  { session, remote }: RemoteNode,
  database: Pick<Database, 'alias'> | undefined,
  { service, tasks }: Pick<Editor, 'service' | 'tasks'>,
): Promise<string> {
  const { backups } = await session.facts();
  const ask = { project: session.request, remote: remote.name };
  const title = vscode.l10n.t('Fetching the newest backup from {0}', remote.name);
  return tasks.run({ title, plan: plans.copy, view: views.remotes }, async (task) => {
    const { files } = await service.remoteList(ask, task);
    const newest = newestThere(compareCopies(backups, files), database?.alias);
    if (!newest) {
      throw new BackupError(
        'no-such-file',
        vscode.l10n.t('{0} holds no database backup.', remote.name),
        vscode.l10n.t('Copy one there, or choose another remote.'),
      );
    }
    if (newest.where === 'both' && newest.path !== undefined) return newest.path;
    return (await service.remotePull({ ...ask, file: newest.file }, task)).path;
  });
}
