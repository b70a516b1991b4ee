import * as vscode from 'vscode';
import type { PruneAnswer } from '../../core/service.ts';
import type { Task } from '../../core/task.ts';
import { pickOne } from '../input/pick.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { commands } from '../settings.ts';
import { backupCount, dot, format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { remotesNodeOf } from './remoteTargets.ts';
import { sessionOf, uriOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'texts' | 'listings'>;

/** *Prune…*: shows what the retention lets go of and why, ticked; what stays ticked is deleted after a question. */
export function createPrune(parts: Parts): Handler {
  return async (first) => {
    const { service, sessions, tasks } = parts;
    const title = vscode.l10n.t('Prune');
    const session = sessionOf(first) ?? (await pickSession(sessions, title, uriOf(first)));
    const on = remotesNodeOf(first);
    const remote = on?.type === 'remote' ? on.remote.name : await choosePlace(session, title);
    const ask = { project: session.request, ...(remote === undefined ? {} : { remote }) };
    const look = (task: Task) => service.prune({ ...ask, dryRun: true }, task);
    const plan =
      remote === undefined ? await tasks.quietly(look) : await tasks.run({ title, plan: plans.quick }, look);
    if (plan.removed.length === 0) {
      sayNothingGoes(plan, session);
      return plan;
    }
    const files = await chooseFiles(plan, title, parts);
    const answer = await tasks
      .run({ title, plan: plans.quick }, (task) => service.prune({ ...ask, files }, task))
      .finally(() => {
        if (remote !== undefined) parts.listings.refresh(session, remote);
        return session.refresh();
      });
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Pruned: {0}, {1}', backupCount(answer.removed.length), sizeOf(answer.removed)),
    );
    return answer;
  };
}

/** The backups folder (undefined), or one of the remotes where there are any. */
async function choosePlace(session: Session, title: string): Promise<string | undefined> {
  const { settings, backupsFolder } = await session.project();
  const remotes = (settings.remotes ?? []).map(({ name }) => String(name));
  if (remotes.length === 0) return undefined;
  const chosen = await pickOne<string>(title, vscode.l10n.t('Choose where'), [
    {
      label: vscode.l10n.t('Backups folder'),
      description: backupsFolder,
      iconPath: new vscode.ThemeIcon('folder'),
      value: '',
    },
    ...remotes.map((name) => ({ label: name, iconPath: new vscode.ThemeIcon('cloud'), value: name })),
  ]);
  return chosen === '' ? undefined : chosen;
}

function sayNothingGoes({ hasPolicy, kept, overCap }: PruneAnswer, session: Session): void {
  if (hasPolicy) {
    const over = overCap > 0 ? vscode.l10n.t('They are {0} over the size cap.', format.bytes(overCap)) : '';
    const message = vscode.l10n.t('Nothing goes: all are kept ({0}).', backupCount(kept.length));
    void vscode.window.showInformationMessage([message, over].filter(Boolean).join(' '));
    return;
  }
  const choose = vscode.l10n.t('Choose What to Keep…');
  const message = vscode.l10n.t('Nothing says which backups to keep, so all are kept.');
  const node = { type: 'folder', session };
  void vscode.window.showInformationMessage(message, choose).then((chosen) => {
    return chosen === choose ? vscode.commands.executeCommand(commands.chooseRetention, node) : undefined;
  });
}

/** @throws CancellationError */
function chooseFiles(plan: PruneAnswer, title: string, { texts }: Parts): Promise<string[]> {
  const now = new Date();
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { file: string }>();
  const whatStays = {
    iconPath: new vscode.ThemeIcon('list-unordered'),
    tooltip: vscode.l10n.t('Show What Stays'),
  };
  pick.title = vscode.l10n.t(
    '{0}: {1} of {2} go',
    title,
    plan.removed.length,
    plan.removed.length + plan.kept.length,
  );
  pick.placeholder = vscode.l10n.t('What is ticked is deleted ({0})', sizeOf(plan.removed));
  pick.canSelectMany = true;
  pick.matchOnDetail = true;
  pick.buttons = [whatStays];
  pick.items = plan.removed.map(({ file, why, bytes, date }) => ({
    label: file,
    description: [format.bytes(bytes), format.ago(new Date(date), now)].join(dot),
    detail: whyWords(why),
    file,
  }));
  pick.selectedItems = pick.items;
  return new Promise<string[]>((resolve, reject) => {
    pick.onDidChangeSelection((chosen) => {
      const files = new Set(chosen.map(({ file }) => file));
      const size = sizeOf(plan.removed.filter(({ file }) => files.has(file)));
      pick.placeholder = vscode.l10n.t('What is ticked is deleted ({0})', size);
    });
    pick.onDidTriggerButton(() => void showKept(plan, texts));
    pick.onDidAccept(() => {
      if (pick.selectedItems.length > 0) resolve(pick.selectedItems.map(({ file }) => file));
      pick.hide();
    });
    pick.onDidHide(() => {
      reject(new vscode.CancellationError());
      pick.dispose();
    });
    pick.show();
  });
}

async function showKept({ kept }: PruneAnswer, texts: Editor['texts']): Promise<void> {
  const lines = kept.map(({ file, why }) => `${file}: ${why.map(whyWords).join(', ')}`);
  const uri = texts.add('prune.txt', `${lines.join('\n')}\n`);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
}

/** The core's reasons, in the user's language where they are known. */
function whyWords(why: string): string {
  switch (why) {
    case 'nothing keeps it':
      return vscode.l10n.t('no rule keeps it');
    case 'pinned':
      return vscode.l10n.t('pinned');
    case 'the newest':
      return vscode.l10n.t('the newest');
    case 'the newest that was proved':
      return vscode.l10n.t('the newest that was proved restorable');
    case 'not copied from here':
      return vscode.l10n.t('not copied from here');
    default:
      return why;
  }
}

function sizeOf(removed: PruneAnswer['removed']): string {
  return format.bytes(removed.reduce((sum, { bytes }) => sum + bytes, 0));
}
