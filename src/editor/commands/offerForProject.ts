import * as vscode from 'vscode';
import type { KeyInfo } from '../../core/service.ts';
import { pickSession } from '../input/pickSession.ts';
import { commands } from '../settings.ts';
import type { Editor } from './command.ts';
import { useKeys } from './useKeys.ts';

/**
 * Says what became of keys and offers to make them this project's recipients, and to save the recovery kit of one that
 * has no copy anywhere. Does not wait for the answer.
 */
export function offerForProject(
  keys: KeyInfo[],
  message: string,
  parts: Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'failures'>,
): void {
  const { sessions, failures } = parts;
  const use = vscode.l10n.t('Use for This Project');
  const usable = keys.filter(({ canEncrypt, revoked }) => canEncrypt && !revoked);
  const kit = vscode.l10n.t('Save Recovery Kit…');
  const [unsaved] = keys.filter(({ neverExported }) => neverExported);
  const buttons = [...(usable.length > 0 && sessions.all.length > 0 ? [use] : []), ...(unsaved ? [kit] : [])];
  const offer = async () => {
    const chosen = await vscode.window.showInformationMessage(message, ...buttons);
    if (chosen === kit) await vscode.commands.executeCommand(commands.saveRecoveryKit, { key: unsaved });
    if (chosen !== use) return;
    await useKeys(await pickSession(sessions, use), usable, parts);
  };
  offer().catch((error: unknown) => failures.show(error));
}
