import type { RemoteContext, SecretQuestion } from './remote.ts';

/** Keeps what was right in memory while a remote is open, so that a new connection does not ask again. */
export class SecretKeeper {
  readonly #context: RemoteContext;
  readonly #remote: string;
  readonly #known = new Map<string, string>();

  constructor(context: RemoteContext, remote: string) {
    this.#context = context;
    this.#remote = remote;
  }

  /** @param attempt 1 at first; a further one says that the last answer was wrong */
  async ask(kind: SecretQuestion['kind'], subject: string, attempt: number): Promise<string | undefined> {
    const key = `${kind} ${subject}`;
    const known = this.#known.get(key);
    if (known !== undefined && attempt === 1) return known;
    this.#known.delete(key);
    const answer = await this.#context.secret({ remote: this.#remote, kind, subject, attempt });
    if (answer !== undefined) this.#known.set(key, answer);
    return answer;
  }
}
