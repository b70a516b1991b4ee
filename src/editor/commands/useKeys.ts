import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { EditPlan, KeyInfo } from '../../core/service.ts';
import { writeSetting } from '../configuration.ts';
import type { Session } from '../session.ts';
import { commands } from '../settings.ts';
import { format } from '../words.ts';
import type { Editor } from './command.ts';

type Parts = Pick<Editor, 'service' | 'tasks' | 'recipients' | 'preview' | 'failures'>;

/**
 * Makes keys the project's recipients where the project reads them: an edit of its files is shown as a diff first.
 * @returns The recipients as they are written.
 * @throws CancellationError
 */
export async function useKeys(session: Session, keys: readonly KeyInfo[], parts: Parts): Promise<string[]> {
  return useNames(session, await parts.recipients.namesFor(keys), parts);
}

/** The same for recipients by name, as they stand in settings. */
export async function useNames(
  session: Session,
  names: readonly string[],
  { service, tasks, preview, failures }: Parts,
): Promise<string[]> {
  const recipients = [...new Set(names)];
  const plan = await tasks.quietly((task) =>
    service.planRecipients({ project: session.request, recipients }, task),
  );
  if (plan.kind !== 'setting' && plan.before !== plan.after) {
    requireSaved(plan.file);
    const message = vscode.l10n.t(
      'Encrypt the backups of {0} to {1}?',
      session.folder.name,
      format.list(recipients),
    );
    if (!(await preview.ask(plan, message))) throw new vscode.CancellationError();
    requireSaved(plan.file);
    await tasks.quietly((task) => service.applyPlan({ plan }, task));
  }
  if (plan.kind === 'setting' || plan.overruled) await writeSetting(session.folder, 'recipients', recipients);
  await session.refresh();
  sayUsed(plan, session).catch((error: unknown) => failures.show(error));
  return recipients;
}

/** What is typed but not saved would be in the edit's way. */
function requireSaved(file: string): void {
  const isOpen = ({ uri, isDirty }: vscode.TextDocument) => isDirty && uri.fsPath === file;
  if (!vscode.workspace.textDocuments.some(isOpen)) return;
  throw new BackupError(
    'changed-meanwhile',
    vscode.l10n.t('{0} has changes that are not saved.', basename(file)),
    vscode.l10n.t('Save the file and try again.'),
  );
}

async function sayUsed({ file, recipients, warnings }: EditPlan, session: Session): Promise<void> {
  const names = format.list(recipients);
  const said = vscode.l10n.t('New backups are encrypted to {0} ({1}).', names, basename(file));
  const escrow = vscode.l10n.t('Add an Escrow Recipient…');
  const open = vscode.l10n.t('Open File');
  const buttons = recipients.length === 1 ? [escrow, open] : [open];
  const [warning] = warnings;
  const chosen = warning
    ? await vscode.window.showWarningMessage(`${said} ${warning.message} ${warning.hint ?? ''}`, ...buttons)
    : await vscode.window.showInformationMessage(said, ...buttons);
  if (chosen === open) await vscode.window.showTextDocument(vscode.Uri.file(file));
  if (chosen === escrow)
    await vscode.commands.executeCommand(commands.addEscrowRecipient, session.folder.uri);
}
