import * as vscode from 'vscode';
import type { PassphraseQuestion } from '../../core/task.ts';
import { shortFingerprint } from '../words.ts';

/** How long a passphrase is kept: for the work at hand, until the window closes, or in the system's secret storage. */
export type Keeping = 'once' | 'session' | 'stored';

const keepings: readonly Keeping[] = ['once', 'session', 'stored'];

export interface Answer {
  passphrase: string;
  keeping: Keeping;
}

/** Asks for a passphrase by the name of its key; a button says how long it is kept. The signal closes the box. */
export function askPassphrase(
  question: PassphraseQuestion,
  offered: Keeping,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const box = vscode.window.createInputBox();
  let keeping = offered;
  const forKey = question.fingerprint !== undefined;
  const show = () => {
    box.prompt = forKey ? `${keyWords(question)} ${keepingWords(keeping)}` : keyWords(question);
    box.buttons = forKey ? [nextKeepingButton(keeping)] : [];
  };
  box.title = forKey ? vscode.l10n.t('Passphrase of Your Key') : vscode.l10n.t('Passphrase of the File');
  box.placeholder = vscode.l10n.t('Passphrase');
  box.password = true;
  box.ignoreFocusOut = true;
  if (question.attempt > 1) {
    box.validationMessage = vscode.l10n.t('That passphrase is wrong. Try again.');
  }
  show();
  return new Promise((resolve) => {
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidTriggerButton(() => {
      keeping = nextKeeping(keeping);
      show();
    });
    box.onDidAccept(() => {
      resolve({ passphrase: box.value, keeping });
      box.hide();
    });
    const leave = () => box.hide();
    signal.addEventListener('abort', leave, { once: true });
    box.onDidHide(() => {
      signal.removeEventListener('abort', leave);
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}

function keyWords({ kind, userId, fingerprint }: PassphraseQuestion): string {
  if (kind === 'message' || fingerprint === undefined) {
    return vscode.l10n.t('This file opens with a passphrase alone.');
  }
  const digits = shortFingerprint(fingerprint);
  return userId === undefined
    ? vscode.l10n.t('Unlocks the key {0}.', digits)
    : vscode.l10n.t('Unlocks the key of {0} ({1}).', userId, digits);
}

function nextKeeping(keeping: Keeping): Keeping {
  return keepings[(keepings.indexOf(keeping) + 1) % keepings.length]!;
}

function nextKeepingButton(keeping: Keeping): vscode.QuickInputButton {
  const icon = { once: 'circle-slash', session: 'history', stored: 'save' }[nextKeeping(keeping)];
  return { iconPath: new vscode.ThemeIcon(icon), tooltip: nextKeepingWords(keeping) };
}

function keepingWords(keeping: Keeping): string {
  switch (keeping) {
    case 'once':
      return vscode.l10n.t('It is not kept; the button above changes that.');
    case 'session':
      return vscode.l10n.t('It is kept until this window closes.');
    case 'stored':
      return vscode.l10n.t("It is kept in the editor's secret storage.");
  }
}

function nextKeepingWords(keeping: Keeping): string {
  switch (nextKeeping(keeping)) {
    case 'once':
      return vscode.l10n.t('Do Not Keep');
    case 'session':
      return vscode.l10n.t('Keep Until the Window Closes');
    case 'stored':
      return vscode.l10n.t("Keep in the Editor's Secret Storage");
  }
}
