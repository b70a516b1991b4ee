import * as vscode from 'vscode';
import { askText, back, type Step } from './steps.ts';

/** In characters: four words of the usual length are some 20. */
const weakLength = 12;
const strongLength = 20;
const fewLetters = 6;

/** Asks for a new passphrase twice, with a hint where it is weak. */
export function newPassphraseSteps<State extends { passphrase: string }>(prompt: string): Step<State>[] {
  const first: Step<State> = async (state, place) => {
    const answer = await askText({ prompt, password: true, value: state.passphrase, check: weakness }, place);
    if (answer === back) return back;
    state.passphrase = answer;
    return undefined;
  };
  return [first, repeat];
}

const repeat: Step<{ passphrase: string }> = async (state, place) => {
  const answer = await askText(
    {
      prompt: state.passphrase
        ? vscode.l10n.t('Passphrase once more')
        : vscode.l10n.t('Leave this empty too for a key without a passphrase'),
      password: true,
      check: (value) =>
        value === state.passphrase ? undefined : { message: vscode.l10n.t('The two are not the same.') },
    },
    place,
  );
  return answer === back ? back : undefined;
};

function weakness(passphrase: string): { message: string; warning?: true; info?: true } {
  if (passphrase === '') {
    return {
      message: vscode.l10n.t('Without one, whoever reads your disk opens your backups.'),
      warning: true,
    };
  }
  if (passphrase.length < weakLength || new Set(passphrase).size < fewLetters) {
    return {
      message: vscode.l10n.t('Weak. Several words are easier to keep and harder to guess.'),
      warning: true,
    };
  }
  const strong = passphrase.length >= strongLength;
  return {
    message: strong
      ? vscode.l10n.t('Strong. Write it down where only you find it.')
      : vscode.l10n.t('Fair. One or two words more make it strong.'),
    info: true,
  };
}
