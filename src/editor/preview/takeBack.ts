import { basename } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { ChosenRows, OpenedComparison } from '../../core/look.ts';
import type { RestoreAnswer } from '../../core/service.ts';
import type { Asker } from '../../core/task.ts';
import { type AfterParts, afterRestore } from '../commands/restore.ts';
import { asksBeforeRestore } from '../confirmSetting.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { rowCount } from '../words.ts';

interface Ask {
  session: Session;
  /** Of the live database and a backup. */
  opened: OpenedComparison;
  chosen: ChosenRows[];
  /** Shows what differs, where that is not on screen already. */
  details?: (ask: Asker) => Promise<unknown>;
}

/**
 * Takes rows and tables of a backup back into the live database: asks first, shows the result with the way back, and
 * offers to bring along rows that are referred to. Undefined where that offer is declined.
 */
export async function takeBack(
  { session, opened, chosen, details }: Ask,
  parts: AfterParts,
  withParents = false,
): Promise<RestoreAnswer | undefined> {
  const { service, tasks } = parts;
  const [before, after] = [basename(opened.before), basename(opened.after)];
  const work = {
    title: vscode.l10n.t('Taking back rows of {0}', after),
    plan: plans.restore,
    unasked: !asksBeforeRestore(session),
    ...(details ? { details } : {}),
  };
  const ask = { project: session.request, id: opened.id, chosen, withParents };
  try {
    const answer = await tasks.run(work, (task) => service.takeBack(ask, task));
    const message = vscode.l10n.t('Taken back into {0}: {1}.', before, rowCount(answer.restored.rows));
    await afterRestore(session, answer, message, parts);
    return answer;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'parents-missing' || withParents) throw error;
    const bring = vscode.l10n.t('Bring Them Along');
    if ((await vscode.window.showWarningMessage(error.message, bring)) !== bring) return undefined;
    const again = { session, opened, chosen, ...(details ? { details } : {}) };
    return takeBack(again, parts, true);
  }
}
