import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { BackupAnswer, BackupAsk } from '../../core/service.ts';
import { plans } from '../progressPlan.ts';
import { revealFile } from '../reveal.ts';
import type { Session } from '../session.ts';
import { commands, views } from '../settings.ts';
import { backupCount } from '../words.ts';
import type { Editor } from './command.ts';
import { firstRecipient } from './firstRecipient.ts';
import { madeWords } from './madeWords.ts';
import { warningFixes } from './warningFixes.ts';

export type BackUpParts = Pick<
  Editor,
  'service' | 'tasks' | 'recipients' | 'kits' | 'notices' | 'tree' | 'log'
>;

/** Makes backups, led to a first key where there is none, and shows what was made. */
export async function backUp(
  session: Session,
  ask: Pick<BackupAsk, 'project' | 'what' | 'databases'>,
  parts: BackUpParts,
): Promise<BackupAnswer> {
  const answer = await make(session, ask, parts);
  await session.refresh();
  const [made] = answer.backups;
  if (made) await parts.tree.show(session, made.path);
  for (const { path, bytes, sha256 } of answer.backups) {
    parts.log.info(`backed up: ${path}, ${bytes} bytes, SHA-256 ${sha256}`);
  }
  sayMade(answer);
  parts.notices.show(answer.warnings, warningFixes);
  return answer;
}

async function make(
  session: Session,
  ask: Pick<BackupAsk, 'project' | 'what' | 'databases'>,
  { service, tasks, recipients, kits }: BackUpParts,
): Promise<BackupAnswer> {
  const title = vscode.l10n.t('Backing up {0}', ask.databases?.join(', ') ?? session.folder.name);
  const plan = ask.what === 'database' ? plans.backup : plans.backupMedia;
  const attempt = (more: Pick<BackupAsk, 'encrypt' | 'recipients'>) =>
    tasks.run({ title, plan, view: views.backups }, (task) => service.backup({ ...ask, ...more }, task));
  const { encrypt, recipients: names } = await session.project();
  // Names that lead to no key are the backup's to tell.
  if (encrypt && names.length > 0) await kits.ask(await recipients.named(names).catch(() => []));
  try {
    return await attempt({});
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'no-recipient') throw error;
    const decided = await firstRecipient(session, recipients);
    if (decided !== 'plain') await kits.ask(await recipients.named(decided));
    return attempt(decided === 'plain' ? { encrypt: false } : { recipients: decided });
  }
}

function sayMade({ backups }: BackupAnswer): void {
  const [made, ...more] = backups;
  if (!made) return;
  const message =
    more.length === 0
      ? vscode.l10n.t('Backed up: {0}', madeWords(made))
      : vscode.l10n.t('{0} made: {1}', backupCount(backups.length), backups.map(madeWords).join('; '));
  const reveal = vscode.l10n.t('Reveal');
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showInformationMessage(message, reveal, showLog).then((chosen) => {
    if (chosen === reveal) return revealFile(made.path);
    if (chosen === showLog) return vscode.commands.executeCommand(commands.showLog);
    return undefined;
  });
}
