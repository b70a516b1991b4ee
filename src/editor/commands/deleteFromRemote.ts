import * as vscode from 'vscode';
import { plans } from '../progressPlan.ts';
import { views } from '../settings.ts';
import type { CopyNode, RemoteNode } from '../views/remoteNodes.ts';
import { backupCount } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { pickCopies } from './fetchBackup.ts';
import { copyNodesOf } from './remoteTargets.ts';

type Parts = Pick<Editor, 'service' | 'tasks' | 'remotes' | 'listings'>;

/** *Delete from Remote…*: of the selection, or of what is picked. What lies here stays. It is asked. */
export function createDeleteFromRemote(parts: Parts): Handler {
  return async (first, all) => {
    const selected = copyNodesOf(first, all).filter(isThere);
    const title = vscode.l10n.t('Delete from Remote');
    const nodes = selected.length > 0 ? selected : await pickCopies(title, first, parts, isThere);
    if (!(await confirm(nodes))) return undefined;
    const byRemote = new Map<RemoteNode, string[]>();
    for (const { parent, copy } of nodes) byRemote.set(parent, [...(byRemote.get(parent) ?? []), copy.file]);
    const removed: string[] = [];
    for (const [{ session, remote }, files] of byRemote) {
      const ask = { project: session.request, remote: remote.name, files };
      const work = {
        title: vscode.l10n.t('Deleting {0} from {1}', backupCount(files.length), remote.name),
        plan: plans.quick,
        view: views.remotes,
      };
      const answer = await parts.tasks
        .run(work, (task) => parts.service.remoteDelete(ask, task))
        .finally(() => {
          parts.listings.refresh(session, remote.name);
          return session.refresh();
        });
      removed.push(...answer.removed);
    }
    return removed;
  };
}

function isThere({ copy: { where } }: CopyNode): boolean {
  return where !== 'here';
}

async function confirm(nodes: CopyNode[]): Promise<boolean> {
  const button = vscode.l10n.t('Delete');
  const names = nodes.map(({ copy }) => copy.file);
  const places = [...new Set(nodes.map(({ parent }) => parent.remote.name))];
  const message = vscode.l10n.t('Delete {0} from {1}?', backupCount(names.length), places.join(', '));
  const lost = nodes.filter(({ copy }) => copy.where !== 'both').length;
  const detail = [
    names.join('\n'),
    ...(lost > 0 ? [vscode.l10n.t('Not here: {0}. This may be the last copy.', backupCount(lost))] : []),
    vscode.l10n.t('This cannot be undone.'),
  ];
  const options = { modal: true, detail: detail.join('\n\n') };
  return (await vscode.window.showWarningMessage(message, options, button)) === button;
}
