import type * as vscode from 'vscode';
import type { PassphraseQuestion } from '../core/task.ts';
import { type Answer, askPassphrase, type Keeping } from './input/askPassphrase.ts';

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
    if (this.#signal.aborted) return undefined;
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
