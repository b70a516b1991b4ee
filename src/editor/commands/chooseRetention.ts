import * as vscode from 'vscode';
import type { ProjectSettings } from '../../core/project/project.ts';
import { writeSetting } from '../configuration.ts';
import { type Entry, pickOne } from '../input/pick.ts';
import { pickSession } from '../input/pickSession.ts';
import { commands, configurationSection } from '../settings.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';

type Retention = NonNullable<ProjectSettings['retention']>;

/** *Choose What to Keep…*: which old backups stay, in the folder's settings. Nothing is deleted by it. */
export function createChooseRetention({ sessions }: Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Choose What to Keep');
    const session = sessionOf(first) ?? (await pickSession(sessions, title));
    const present = (await session.project()).settings.retention ?? {};
    const placeHolder = vscode.l10n.t('Which old backups are kept; the others go when you prune');
    const chosen = await pickOne<Retention | 'own'>(title, placeHolder, entries(present));
    if (chosen === 'own') {
      const query = `@id:${configurationSection}.retention`;
      await vscode.commands.executeCommand('workbench.action.openWorkspaceSettings', { query });
      return undefined;
    }
    const keepsAll = Object.keys(chosen).length === 0;
    await writeSetting(session.folder, 'retention', keepsAll ? undefined : chosen);
    await session.refresh();
    if (!keepsAll) offerPrune(first);
    return chosen;
  };
}

function entries(present: Retention): Entry<Retention | 'own'>[] {
  const offered: Entry<Retention>[] = [
    {
      label: vscode.l10n.t('Days, Weeks and Months'),
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('The last 3, and one of each of 7 days, 4 weeks and 6 months.'),
      value: { keepLast: 3, daily: 7, weekly: 4, monthly: 6 },
    },
    {
      label: vscode.l10n.t('Years, Too'),
      detail: vscode.l10n.t('The last 3, and one of each of 7 days, 4 weeks, 12 months and 5 years.'),
      value: { keepLast: 3, daily: 7, weekly: 4, monthly: 12, yearly: 5 },
    },
    { label: vscode.l10n.t('The Last 10'), value: { keepLast: 10 } },
    { label: vscode.l10n.t('All of Them'), value: {} },
  ];
  const told = offered.map((entry) => ({
    ...entry,
    ...(isSame(entry.value, present) ? { description: vscode.l10n.t('as it is now') } : {}),
  }));
  return [...told, { label: vscode.l10n.t('Write It Myself…'), value: 'own' as const }];
}

function isSame(a: Retention | undefined, b: Retention): boolean {
  const sorted = (retention: Retention) => JSON.stringify(Object.entries(retention).sort());
  return sorted(a ?? {}) === sorted(b);
}

function offerPrune(first: unknown): void {
  const prune = vscode.l10n.t('Prune…');
  const message = vscode.l10n.t('Nothing is deleted yet: Prune… shows first what goes, and why.');
  void vscode.window
    .showInformationMessage(message, prune)
    .then((chosen) => (chosen === prune ? vscode.commands.executeCommand(commands.prune, first) : undefined));
}
