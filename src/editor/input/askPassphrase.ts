import * as vscode from 'vscode';
import type { PassphraseQuestion } from '../../core/task.ts';
import { shortFingerprint } from '../words.ts';
import { secretIdOf } from './secretId.ts';

/** How long a passphrase is kept: for the work at hand, until the window closes, or in the system's secret storage. */
export type Keeping = 'once' | 'session' | 'stored';

const keepings: readonly Keeping[] = ['once', 'session', 'stored'];

export interface Answer {
  passphrase: string;
  keeping: Keeping;
}

/** Asks for a passphrase by the name of its key, or of the login; a button says how long it is kept. The signal closes the box. */
export function askPassphrase(
  question: PassphraseQuestion,
  offered: Keeping,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const box = vscode.window.createInputBox();
  let keeping = offered;
  const keepable = secretIdOf(question) !== undefined;
  const password = isPassword(question);
  const show = () => {
    box.prompt = keepable ? `${ownerWords(question)} ${keepingWords(keeping)}` : ownerWords(question);
    box.buttons = keepable ? [nextKeepingButton(keeping)] : [];
  };
  box.title = titleOf(question);
  box.placeholder = password ? vscode.l10n.t('Password') : vscode.l10n.t('Passphrase');
  box.password = true;
  box.ignoreFocusOut = true;
  if (question.attempt > 1) {
    box.validationMessage = password
      ? vscode.l10n.t('That password is wrong. Try again.')
      : vscode.l10n.t('That passphrase is wrong. Try again.');
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

function isPassword({ login }: PassphraseQuestion): boolean {
  return login !== undefined && login.kind !== 'key-passphrase';
}

function titleOf({ fingerprint, login }: PassphraseQuestion): string {
  if (login) return vscode.l10n.t('Log In to {0}', login.remote);
  return fingerprint === undefined
    ? vscode.l10n.t('Passphrase of the File')
    : vscode.l10n.t('Passphrase of Your Key');
}

function ownerWords({ kind, userId, fingerprint, login }: PassphraseQuestion): string {
  if (login) return loginWords(login);
  if (kind === 'message' || fingerprint === undefined) {
    return vscode.l10n.t('This file opens with a passphrase alone.');
  }
  const digits = shortFingerprint(fingerprint);
  return userId === undefined
    ? vscode.l10n.t('Unlocks the key {0}.', digits)
    : vscode.l10n.t('Unlocks the key of {0} ({1}).', userId, digits);
}

function loginWords({ kind, subject }: NonNullable<PassphraseQuestion['login']>): string {
  switch (kind) {
    case 'password':
      return vscode.l10n.t('The password of {0}.', subject);
    case 'key-passphrase':
      return vscode.l10n.t('The passphrase of the key {0}.', subject);
    case 'rclone-config':
      return vscode.l10n.t('The password of the configuration of rclone.');
  }
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
