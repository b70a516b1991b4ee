import * as vscode from 'vscode';
import type { HealthProblem, Service } from '../../core/service.ts';
import type { NoticeFix } from '../notices.ts';
import { plans } from '../progressPlan.ts';
import { type CommandId, commands } from '../settings.ts';
import type { Tasks } from '../tasks.ts';
import { folderNode } from '../views/nodes.ts';
import type { SessionHealth } from './healthWatch.ts';

interface Parts {
  service: Service;
  tasks: Tasks;
}

/** What a user can do about a problem, as buttons. */
export function healthFixes(problem: HealthProblem, health: SessionHealth, parts: Parts): NoticeFix[] {
  const { session, project, backups } = health;
  const folder = folderNode(session, { project, backups });
  const command = (title: string, id: CommandId, first: unknown = folder): NoticeFix => ({
    title,
    run: () => vscode.commands.executeCommand(id, first),
  });
  switch (problem.code) {
    case 'no-backup':
    case 'backup-overdue':
    case 'schedule-failed':
    case 'schedule-interrupted':
      return [
        command(vscode.l10n.t('Back Up Now'), backUpOf(problem, health)),
        ...(problem.code === 'schedule-failed' ? [showLog(health, command)] : []),
      ];
    case 'never-proved':
    case 'drill-overdue': {
      const backup = backups.find(({ kind }) => kind === 'database');
      const node = backup && { type: 'backup', id: backup.path, session, backup };
      return node ? [command(vscode.l10n.t('Drill Now'), commands.drillBackup, node)] : [];
    }
    case 'drill-failed': {
      const backup = backups.find(({ file }) => file === problem.file);
      const node = backup && { type: 'backup', id: backup.path, session, backup };
      return node ? [command(vscode.l10n.t('Verify'), commands.verifyBackup, node)] : [];
    }
    case 'not-copied':
      return [{ title: vscode.l10n.t('Copy Now'), run: () => copy(problem, health, parts) }];
    case 'timer-stale':
      return [command(vscode.l10n.t('Install Daily Backup…'), commands.installSchedule)];
    case 'disk-low':
      return [command(vscode.l10n.t('Prune…'), commands.prune)];
    case 'not-encrypted':
    case 'unknown-recipient':
    case 'ambiguous-recipient':
    case 'revoked-recipient':
    case 'sign-only-recipient':
      return [command(vscode.l10n.t('Choose Recipients…'), commands.chooseRecipients)];
    case 'expired-recipient':
      return [
        command(vscode.l10n.t('Extend Expiry…'), commands.extendKey, undefined),
        command(vscode.l10n.t('Choose Recipients…'), commands.chooseRecipients),
      ];
    case 'key-expires':
      return [command(vscode.l10n.t('Extend Expiry…'), commands.extendKey, undefined)];
    case 'no-remote':
      return [command(vscode.l10n.t('Add Remote…'), commands.addRemote)];
    case 'schedule-invalid':
    case 'setting-ignored':
      return [command(vscode.l10n.t('Open Settings'), commands.openSettings)];
    default:
      return [];
  }
}

/** Of the runs that the system's timer made, where there is one: the editor's log knows nothing of them. */
function showLog({ answer }: SessionHealth, command: (title: string, id: CommandId) => NoticeFix): NoticeFix {
  const title = vscode.l10n.t('Show Log');
  const { timerInstalled, timerLog } = answer;
  if (!timerInstalled || timerLog === null) return command(title, commands.showLog);
  return { title, run: () => vscode.window.showTextDocument(vscode.Uri.file(timerLog)) };
}

function backUpOf({ what }: HealthProblem, { project }: SessionHealth): CommandId {
  if (what === 'media') return commands.backUpMedia;
  const both = what === 'all' || (what === undefined && project.mediaRoot !== undefined);
  return both ? commands.backUpEverything : commands.backUpDatabase;
}

/** To the remotes that it is missing on; to the first one where none was named. */
async function copy({ file, remotes = [] }: HealthProblem, health: SessionHealth, { service, tasks }: Parts) {
  const backup = health.backups.find((one) => one.file === file);
  const [first] = health.answer.copies;
  const targets = remotes.length > 0 ? remotes : first ? [first.remote] : [];
  if (!backup) return;
  for (const remote of targets) {
    const title = vscode.l10n.t('Copying {0} to {1}', backup.file, remote);
    const ask = { project: health.session.request, remote, files: [backup.path] };
    await tasks.run({ title, plan: plans.quick }, (task) => service.remotePush(ask, task));
  }
}
