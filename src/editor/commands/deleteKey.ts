import * as vscode from 'vscode';
import type { Backup, KeyInfo } from '../../core/service.ts';
import { chooseKey } from '../input/pickKey.ts';
import { plans } from '../progressPlan.ts';
import { backupCount, format, keyName, shortFingerprint } from '../words.ts';
import type { Editor, Handler } from './command.ts';

const namesShown = 10;

type Parts = Pick<Editor, 'service' | 'tasks' | 'sessions' | 'passphrases'>;

/** *Delete Key…*: of a secret key it names the backups that nothing else opens, and asks for the end of its fingerprint. */
export function createDeleteKey(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Delete Key');
    const key = await chooseKey(title, first, parts);
    const closed = key.secret ? await closedWithout(key, title, parts) : [];
    if (!(await confirm(key, closed))) return undefined;
    if (key.secret && !(await hasTypedEnd(key, title))) return undefined;
    const deleted = await parts.tasks.quietly((task) =>
      parts.service.deleteKey({ key: key.fingerprint }, task),
    );
    await parts.passphrases.forget(key.fingerprint);
    void vscode.window.showInformationMessage(vscode.l10n.t('The key of {0} is deleted.', keyName(deleted)));
    return deleted;
  };
}

/** In the folders that are open; elsewhere there may be more. */
async function closedWithout(
  key: KeyInfo,
  title: string,
  { service, tasks, sessions }: Parts,
): Promise<Backup[]> {
  const facts = await Promise.all(sessions.all.map((session) => session.facts()));
  const backups = facts.flatMap((known) => known.backups).filter(({ encrypted }) => encrypted);
  const ask = { files: backups.map(({ path }) => path), key: key.fingerprint };
  const closed = await tasks.run({ title, plan: plans.quick }, (task) => service.closedWithout(ask, task));
  return backups.filter(({ path }) => closed.includes(path));
}

async function confirm(key: KeyInfo, closed: readonly Backup[]): Promise<boolean> {
  const button = vscode.l10n.t('Delete');
  const question = vscode.l10n.t(
    'Delete the key of {0} ({1})?',
    keyName(key),
    shortFingerprint(key.fingerprint),
  );
  const options = { modal: true, detail: detailOf(key, closed).join('\n\n') };
  return (await vscode.window.showWarningMessage(question, options, button)) === button;
}

function detailOf(key: KeyInfo, closed: readonly Backup[]): string[] {
  const names = closed.slice(0, namesShown).map(({ file }) => file);
  const more = closed.length - names.length;
  if (more > 0) names.push(vscode.l10n.t('and {0} more', format.number(more)));
  return [
    ...(closed.length > 0
      ? [
          vscode.l10n.t('Nothing else opens {0} of this workspace:', backupCount(closed.length)),
          names.join('\n'),
        ]
      : []),
    key.secret
      ? vscode.l10n.t(
          'Its secret half goes too. What is encrypted to it alone, here or elsewhere, can then never be opened. Export it first if you are not sure.',
        )
      : vscode.l10n.t(
          'It is a public half: nothing is encrypted to it any more, and nothing becomes closed.',
        ),
    ...(key.source === 'both' ? [vscode.l10n.t('What GnuPG has of this key stays.')] : []),
  ];
}

async function hasTypedEnd({ fingerprint }: KeyInfo, title: string): Promise<boolean> {
  const end = fingerprint.slice(-8);
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Type the last 8 digits of its fingerprint: {0}', shortFingerprint(fingerprint)),
    placeHolder: vscode.l10n.t('8 digits'),
    ignoreFocusOut: true,
    validateInput: (value) =>
      normal(value) === end || value === '' ? undefined : vscode.l10n.t('These are not its last 8 digits.'),
  });
  return typed !== undefined && normal(typed) === end;
}

function normal(digits: string): string {
  return digits.replace(/\s/g, '').toUpperCase();
}
