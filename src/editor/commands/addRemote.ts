import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import { readSettings, writeSetting } from '../configuration.ts';
import { askRemote, settingOf } from '../input/askRemote.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';
import { testRemote, testWords } from './testRemote.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'log'>;

/** *Add Remote…*: asks for it step by step, tries it, and writes it into the folder's settings. */
export function createAddRemote(parts: Parts): Handler {
  const { service, sessions, tasks, log } = parts;
  return async (first) => {
    const session = sessionOf(first) ?? (await pickSession(sessions, vscode.l10n.t('Add Remote')));
    const settings = readSettings(session.folder);
    const others = settings.remotes ?? [];
    const rcloneNames = async () => {
      const work = { title: vscode.l10n.t('Asking rclone'), plan: plans.quick };
      const answer = await tasks.run(work, (task) =>
        service.rcloneRemotes({ project: session.request }, task),
      );
      return answer.remotes;
    };
    const draft = await askRemote(
      others.map(({ name }) => String(name)),
      rcloneNames,
    );
    const name = draft.name ?? draft.kind;
    const remotes = [...others, settingOf(draft)];
    const request = { ...session.request, settings: { ...settings, remotes } };
    const works = await tryIt(() => testRemote(request, name, parts), name, log);
    await writeSetting(session.folder, 'remotes', remotes);
    if (draft.always) await copyAlways(session, name);
    await session.refresh();
    if (works) sayAdded(name, testWords(works));
    return name;
  };
}

/** What answered; undefined where nothing did, and it is to be added all the same. @throws CancellationError */
async function tryIt<T>(test: () => Promise<T>, name: string, log: Editor['log']): Promise<T | undefined> {
  try {
    return await test();
  } catch (error) {
    if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
    log.warn(`remote ${name}: ${error.code}: ${error.message}`);
    const add = vscode.l10n.t('Add It All the Same');
    const detail = [error.message, error.hint].filter(Boolean).join('\n\n');
    const message = vscode.l10n.t('{0} does not work yet. Add it all the same?', name);
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, add);
    if (answer !== add) throw new vscode.CancellationError();
    return undefined;
  }
}

async function copyAlways({ folder }: Session, name: string): Promise<void> {
  const { copyTo = [] } = readSettings(folder);
  await writeSetting(folder, 'copyTo', [...new Set([...copyTo, name])]);
}

function sayAdded(name: string, facts: string): void {
  void vscode.window.showInformationMessage(vscode.l10n.t('{0} is added: {1}.', name, facts));
}
