import type * as vscode from 'vscode';
import type { PassphraseQuestion } from '../core/task.ts';
import type { Answer, Keeping } from './input/askPassphrase.ts';
import { secretIdOf } from './input/secretId.ts';

const indexKey = 'passphrases.fingerprints';
const keepingKey = 'passphrases.keeping';
const loginKeepingKey = 'logins.keeping';

/** Passphrases of secret keys, by fingerprint, and passwords of remotes. Nothing is kept that the box did not say. */
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

  /** @param id of a {@link secretIdOf} */
  async find(id: string): Promise<string | undefined> {
    return this.#session.get(id) ?? (await this.#secrets.get(storageKey(id)));
  }

  async keep(id: string, passphrase: string, keeping: Keeping): Promise<void> {
    if (keeping === 'session') this.#session.set(id, passphrase);
    if (keeping !== 'stored') return;
    await this.#secrets.store(storageKey(id), passphrase);
    await this.#memory.update(indexKey, [...new Set([...this.#stored(), id])]);
  }

  async forget(id: string): Promise<void> {
    this.#session.delete(id);
    await this.#secrets.delete(storageKey(id));
    const left = this.#stored().filter((stored) => stored !== id);
    await this.#memory.update(indexKey, left);
  }

  /** Forgets all of them; returns how many keys they were for. */
  async forgetAll(): Promise<number> {
    const known = new Set([...this.#session.keys(), ...this.#stored()]);
    for (const id of known) await this.forget(id);
    return known.size;
  }

  /** Forgets the passwords of a server. */
  async forgetLogins(host: string): Promise<void> {
    const known = [...this.#session.keys(), ...this.#stored()];
    const logins = known.filter((id) => id.startsWith('password ') && id.endsWith(`@${host}`));
    for (const id of logins) await this.forget(id);
  }

  /** What was chosen last time is offered again; a remote works with nobody there only where its password is kept. */
  lastKeeping({ login }: PassphraseQuestion): Keeping {
    const first = login?.kind === 'password' ? 'stored' : 'once';
    return this.#memory.get<Keeping>(login ? loginKeepingKey : keepingKey, first);
  }

  async rememberKeeping({ login }: PassphraseQuestion, keeping: Keeping): Promise<void> {
    await this.#memory.update(login ? loginKeepingKey : keepingKey, keeping);
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
    const id = secretIdOf(question);
    if (id !== undefined) {
      if (question.attempt === 1) {
        const known = this.#answered.get(id)?.passphrase;
        const found = known ?? (await this.#passphrases.find(id));
        if (found !== undefined) return found;
      } else {
        // Whatever was known is wrong: the key's passphrase was changed, or the user mistyped.
        this.#answered.delete(id);
        await this.#passphrases.forget(id);
      }
    }
    const { askPassphrase } = await import('./input/askPassphrase.ts');
    if (this.#signal.aborted) return undefined;
    const answer = await askPassphrase(question, this.#passphrases.lastKeeping(question), this.#signal);
    if (!answer) {
      this.dismissed = true;
      return undefined;
    }
    if (id !== undefined) {
      this.#answered.set(id, answer);
      await this.#passphrases.rememberKeeping(question, answer.keeping);
    }
    return answer.passphrase;
  }

  async keep(): Promise<void> {
    for (const [id, { passphrase, keeping }] of this.#answered) {
      await this.#passphrases.keep(id, passphrase, keeping);
    }
  }
}

function storageKey(id: string): string {
  return `passphrase:${id}`;
}
