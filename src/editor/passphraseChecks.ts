import type * as vscode from 'vscode';
import type { KeyInfo } from '../core/service.ts';

const provedKey = 'passphraseChecks.proved';
const askedKey = 'passphraseChecks.asked';
const dayMs = 86_400_000;
const yearMs = 365 * dayMs;
const pauseMs = 7 * dayMs;

/** When each key's passphrase was last proved to be known, and whether it is time to ask again. */
export class PassphraseChecks {
  readonly #memory: vscode.Memento;

  /** @param memory Of all workspaces. */
  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** The passphrase was typed and was right. */
  async proved({ fingerprint }: KeyInfo, now: Date): Promise<void> {
    const all = { ...this.#proved(), [fingerprint]: now.toISOString() };
    await this.#memory.update(provedKey, all);
  }

  /** The secret keys whose passphrase nobody has proved to know for a year; none where that was asked this week. */
  due(keys: readonly KeyInfo[], now: Date): KeyInfo[] {
    if (now.getTime() - Date.parse(this.#memory.get(askedKey, '')) < pauseMs) return [];
    const proved = this.#proved();
    return keys.filter(({ fingerprint, created, secret, locked, revoked, source }) => {
      const isOurs = secret && locked === true && !revoked && source !== 'gnupg';
      return isOurs && now.getTime() - Date.parse(proved[fingerprint] ?? created) > yearMs;
    });
  }

  async asked(now: Date): Promise<void> {
    await this.#memory.update(askedKey, now.toISOString());
  }

  #proved(): Record<string, string> {
    return this.#memory.get<Record<string, string>>(provedKey, {});
  }
}
