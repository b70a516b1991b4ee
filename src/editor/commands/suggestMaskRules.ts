import * as vscode from 'vscode';
import type { SuggestedRule } from '../../core/service.ts';
import { writeSetting } from '../configuration.ts';
import { pickDatabase } from '../input/pickDatabase.ts';
import { pickSession } from '../input/pickSession.ts';
import type { MaskSource } from '../maskOffer.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { commands } from '../settings.ts';
import { dot, format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf } from './targets.ts';

export type SuggestParts = Pick<Editor, 'service' | 'tasks'>;

/** *Suggest Mask Rules…*: for a backup under the pointer, else for the live database. */
export function createSuggestMaskRules(parts: SuggestParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Suggest Mask Rules');
    const node = nodeOf(first);
    const session = node?.session ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const file = node?.type === 'backup' ? node.backup.path : uriOf(first)?.fsPath;
    const database = file === undefined ? await pickDatabase(await session.project(), title) : undefined;
    const source = {
      ...(file === undefined ? {} : { file }),
      ...(database ? { database: database.alias } : {}),
    };
    return suggestMaskRules(session, source, parts);
  };
}

type Rules = Record<string, unknown>;

/**
 * Shows rules for what looks like personal data, ticked where that is sure, beside those that are there; what stays ticked
 * is written into the folder's settings.
 * @throws CancellationError
 */
export async function suggestMaskRules(
  session: Session,
  source: MaskSource,
  { service, tasks }: SuggestParts,
): Promise<Rules> {
  const title = vscode.l10n.t('Suggest Mask Rules');
  const ask = { project: session.request, ...source };
  const { rules } = await tasks.run({ title, plan: plans.look }, (task) => service.suggestMask(ask, task));
  const present: Rules = session.request.settings?.mask ?? {};
  if (rules.length === 0) {
    sayNothingNew(present);
    return present;
  }
  const chosen = await chooseRules(title, present, rules);
  await writeSetting(session.folder, 'mask', chosen);
  await session.refresh();
  sayWritten(Object.keys(chosen).length);
  return chosen;
}

interface RuleEntry extends vscode.QuickPickItem {
  rule: [string, unknown];
}

async function chooseRules(title: string, present: Rules, rules: SuggestedRule[]): Promise<Rules> {
  const entries: (RuleEntry | vscode.QuickPickItem)[] = [
    ...rules.map(entryOf),
    ...(Object.keys(present).length > 0 ? [separator(vscode.l10n.t('In the settings already'))] : []),
    ...Object.entries(present).map(
      (rule): RuleEntry => ({ label: rule[0], description: maskWords(rule[1]), picked: true, rule }),
    ),
  ];
  const placeHolder = vscode.l10n.t('What is ticked is masked where a backup is restored masked');
  const options = {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
  } as const;
  const chosen = await vscode.window.showQuickPick(entries, { ...options, canPickMany: true });
  if (!chosen) throw new vscode.CancellationError();
  return Object.fromEntries(chosen.flatMap((entry) => ('rule' in entry ? [entry.rule] : [])));
}

function separator(label: string): vscode.QuickPickItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function entryOf({ pattern, mask, why, sure, columns }: SuggestedRule): RuleEntry {
  const [only] = columns;
  const named = columns.map(({ table, column }) => `${table}.${column}`);
  const where = columns.length > 1 || pattern !== named[0] ? format.list(named) : undefined;
  return {
    label: pattern,
    description: [maskWords(mask), whyWords(why)].join(dot),
    ...(where === undefined || !only ? {} : { detail: where }),
    picked: sure,
    rule: [pattern, mask],
  };
}

/** As it stands in the setting. */
function maskWords(mask: unknown): string {
  const fixed = typeof mask === 'object' && mask !== null && 'value' in mask;
  return fixed ? JSON.stringify(mask.value) : String(mask);
}

function whyWords(why: SuggestedRule['why']): string {
  switch (why) {
    case 'django':
      return vscode.l10n.t('known to hold personal data');
    case 'name':
      return vscode.l10n.t('by its name');
    case 'values':
      return vscode.l10n.t('by what stands in it');
  }
}

function sayNothingNew(present: Rules): void {
  const count = Object.keys(present).length;
  const message =
    count === 0
      ? vscode.l10n.t('Nothing here looks like personal data. Rules can be written in the settings.')
      : vscode.l10n.t('Nothing else here looks like personal data than what has a rule.');
  offerSettings(message);
}

function sayWritten(count: number): void {
  offerSettings(
    count === 1
      ? vscode.l10n.t('1 mask rule is in the settings.')
      : vscode.l10n.t('{0} mask rules are in the settings.', format.number(count)),
  );
}

function offerSettings(message: string): void {
  const open = vscode.l10n.t('Open Settings');
  void vscode.window.showInformationMessage(message, open).then((chosen) => {
    return chosen === open ? vscode.commands.executeCommand(commands.openSettings) : undefined;
  });
}
