import * as vscode from 'vscode';
import type { PassphraseQuestion } from '../core/task.ts';
import { shortFingerprint } from './words.ts';

/** How long a passphrase is kept: for the work at hand, until the window closes, or in the system's secret storage. */
type Keeping = 'once' | 'session' | 'stored';

const keepings: readonly Keeping[] = ['once', 'session', 'stored'];
const indexKey = 'passphrases.fingerprints';
const keepingKey = 'passphrases.keeping';

/** Passphrases of secret keys, by fingerprint. Nothing is kept unless the user said so in the box. */
export class Passphrases {
  readonly #session = new Map<string, string>();
  readonly #secrets: vscode.SecretStorage;
  readonly #memory: vscode.Memento;

  constructor(secrets: vscode.SecretStorage, memory: vscode.Memento) {
    this.#secrets = secrets;
    this.#memory = memory;
  }

  /** Questions of one piece of work. */
  begin(signal: AbortSignal): PassphraseQuestions {
    return new PassphraseQuestions(this, signal);
  }

  async find(fingerprint: string): Promise<string | undefined> {
    return this.#session.get(fingerprint) ?? (await this.#secrets.get(storageKey(fingerprint)));
  }

  async keep(fingerprint: string, passphrase: string, keeping: Keeping): Promise<void> {
    if (keeping === 'session') this.#session.set(fingerprint, passphrase);
    if (keeping !== 'stored') return;
    await this.#secrets.store(storageKey(fingerprint), passphrase);
    await this.#memory.update(indexKey, [...new Set([...this.#stored(), fingerprint])]);
  }

  async forget(fingerprint: string): Promise<void> {
    this.#session.delete(fingerprint);
    await this.#secrets.delete(storageKey(fingerprint));
    const left = this.#stored().filter((stored) => stored !== fingerprint);
    await this.#memory.update(indexKey, left);
  }

  /** Forgets all of them; returns how many keys they were for. */
  async forgetAll(): Promise<number> {
    const known = new Set([...this.#session.keys(), ...this.#stored()]);
    for (const fingerprint of known) await this.forget(fingerprint);
    return known.size;
  }

  /** What was chosen last time is offered again. */
  get lastKeeping(): Keeping {
    return this.#memory.get<Keeping>(keepingKey, 'once');
  }

  async rememberKeeping(keeping: Keeping): Promise<void> {
    await this.#memory.update(keepingKey, keeping);
  }

  #stored(): string[] {
    return this.#memory.get<string[]>(indexKey, []);
  }
}

interface Answer {
  passphrase: string;
  keeping: Keeping;
}

/** What one piece of work asked for: the same key is asked about once, and kept only when the work went well. */
class PassphraseQuestions {
  readonly #passphrases: Passphrases;
  readonly #signal: AbortSignal;
  readonly #answered = new Map<string, Answer>();

  /** The user left a box without an answer. */
  dismissed = false;

  constructor(passphrases: Passphrases, signal: AbortSignal) {
    this.#passphrases = passphrases;
    this.#signal = signal;
  }

  async ask(question: PassphraseQuestion): Promise<string | undefined> {
    const { fingerprint, attempt } = question;
    if (fingerprint !== undefined) {
      if (attempt === 1) {
        const known = this.#answered.get(fingerprint)?.passphrase;
        const found = known ?? (await this.#passphrases.find(fingerprint));
        if (found !== undefined) return found;
      } else {
        // Whatever was known is wrong: the key's passphrase was changed, or the user mistyped.
        this.#answered.delete(fingerprint);
        await this.#passphrases.forget(fingerprint);
      }
    }
    const answer = await askPassphrase(question, this.#passphrases.lastKeeping, this.#signal);
    if (!answer) {
      this.dismissed = true;
      return undefined;
    }
    if (fingerprint !== undefined) {
      this.#answered.set(fingerprint, answer);
      await this.#passphrases.rememberKeeping(answer.keeping);
    }
    return answer.passphrase;
  }

  async keep(): Promise<void> {
    for (const [fingerprint, { passphrase, keeping }] of this.#answered) {
      await this.#passphrases.keep(fingerprint, passphrase, keeping);
    }
  }
}

function storageKey(fingerprint: string): string {
  return `passphrase:${fingerprint}`;
}

function askPassphrase(
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
