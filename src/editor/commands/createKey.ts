import * as vscode from 'vscode';
import { breaksUserId, isEmailAddress } from '../../core/keys/userId.ts';
import type { GenerateKeyAsk, KeyInfo } from '../../core/service.ts';
import { containerNotice } from '../container.ts';
import { newPassphraseSteps } from '../input/newPassphrase.ts';
import { askChoice, askText, back, runSteps, type Step } from '../input/steps.ts';
import { plans } from '../progressPlan.ts';
import { keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { offerForProject } from './offerForProject.ts';

type Parts = Pick<
  Editor,
  'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'welcome' | 'failures'
>;

/** *Create Key…*: asks step by step; returns the key. `{quiet: true}` leaves the offer at the end to the caller. */
export function createCreateKey(parts: Parts): Handler {
  return async (first) => {
    const key = await makeKey(await askForKey(), parts);
    await parts.welcome.update();
    const quiet = typeof first === 'object' && first !== null && 'quiet' in first;
    const message = [vscode.l10n.t('The key of {0} is created.', keyName(key)), containerNotice()];
    if (!quiet) offerForProject([key], message.filter(Boolean).join(' '), parts);
    return [key];
  };
}

function makeKey(ask: GenerateKeyAsk, { service, tasks }: Parts): Promise<KeyInfo> {
  const title = vscode.l10n.t('Creating the key of {0}', ask.name);
  return tasks.run({ title, plan: plans.key }, (task) => service.generateKey(ask, task));
}

/** @throws CancellationError */
async function askForKey(): Promise<GenerateKeyAsk> {
  const ask: GenerateKeyAsk = {
    name: '',
    email: '',
    algorithm: 'rsa4096',
    expires: 'never',
    passphrase: '',
  };
  const prompt = vscode.l10n.t('Passphrase: without it nobody opens the backups, you neither');
  const passphrase = newPassphraseSteps<GenerateKeyAsk>(prompt);
  const steps = [askName, askEmail, askComment, askAlgorithm, askExpiry, ...passphrase];
  await runSteps(vscode.l10n.t('Create Key'), steps, ask);
  return ask;
}

const askName: Step<GenerateKeyAsk> = async (ask, place) => {
  const answer = await askText(
    {
      prompt: vscode.l10n.t('Your name, or what the key is for'),
      placeholder: vscode.l10n.t('Ada Lovelace'),
      value: ask.name,
      check: (value) => (value.trim() ? brackets(value) : { message: vscode.l10n.t('Type a name.') }),
    },
    place,
  );
  if (answer === back) return back;
  ask.name = answer.trim();
  return undefined;
};

const askEmail: Step<GenerateKeyAsk> = async (ask, place) => {
  const answer = await askText(
    {
      prompt: vscode.l10n.t('E-mail address: backups name their recipients by it'),
      placeholder: 'ada@example.org',
      value: ask.email,
      check: (value) =>
        isEmailAddress(value.trim()) ? undefined : { message: vscode.l10n.t('Type an e-mail address.') },
    },
    place,
  );
  if (answer === back) return back;
  ask.email = answer.trim();
  return undefined;
};

const askComment: Step<GenerateKeyAsk> = async (ask, place) => {
  const answer = await askText(
    {
      prompt: vscode.l10n.t('A comment, to tell it from other keys of yours; may be left empty'),
      placeholder: vscode.l10n.t('backups'),
      value: ask.comment ?? '',
      check: brackets,
    },
    place,
  );
  if (answer === back) return back;
  ask.comment = answer.trim() === '' ? undefined : answer.trim();
  return undefined;
};

/** What nobody should learn after the last step. */
function brackets(value: string): { message: string } | undefined {
  return breaksUserId(value) ? { message: vscode.l10n.t('Leave out brackets.') } : undefined;
}

const askAlgorithm: Step<GenerateKeyAsk> = async (ask, place) => {
  const choices = [
    {
      label: 'RSA 4096',
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('Read by every OpenPGP program. Takes some seconds to create.'),
      value: 'rsa4096' as const,
    },
    {
      label: vscode.l10n.t('Elliptic curves (Ed25519)'),
      detail: vscode.l10n.t('Small and fast. Needs GnuPG 2.1 or later.'),
      value: 'ecc' as const,
    },
  ];
  const answer = await askChoice(vscode.l10n.t('Kind of key'), choices, ask.algorithm, place);
  if (answer === back) return back;
  ask.algorithm = answer;
  return undefined;
};

const askExpiry: Step<GenerateKeyAsk> = async (ask, place) => {
  const choices = [
    {
      label: vscode.l10n.t('Never'),
      description: vscode.l10n.t('recommended for backups'),
      value: 'never',
    },
    { label: vscode.l10n.t('In 1 year'), value: '1y' },
    { label: vscode.l10n.t('In 2 years'), value: '2y' },
    { label: vscode.l10n.t('In 5 years'), value: '5y' },
  ];
  const prompt = vscode.l10n.t('When does it expire? Old backups still open then; new ones need another key');
  const answer = await askChoice(prompt, choices, ask.expires, place);
  if (answer === back) return back;
  ask.expires = answer;
  return undefined;
};
