import * as vscode from 'vscode';
import type { Warning } from '../core/task.ts';
import type { Log } from './log.ts';

const hiddenKey = 'notices.hidden';

/** A button that does something about a warning. */
export interface NoticeFix {
  title: string;
  run(): unknown;
}

/** With a `key` of its own it is the caller who sees to it that it is said once; the key stays where the words change. */
type Notice = Warning & { key?: string };

/** Warnings that did not stop the work: each is said once in a window, and never again where the user says so. */
export class Notices {
  readonly #log: Log;
  readonly #memory: vscode.Memento;
  readonly #said = new Set<string>();

  /** @param memory Of this workspace. */
  constructor(log: Log, memory: vscode.Memento) {
    this.#log = log;
    this.#memory = memory;
  }

  /** Does not wait until they are read. */
  show(warnings: readonly Notice[], fixes: (warning: Warning) => NoticeFix[] = () => []): void {
    for (const warning of warnings) {
      this.#log.warn(`${warning.code}: ${warning.message}`);
      const key = warning.key ?? `${warning.code}: ${warning.message}`;
      const said = warning.key === undefined && this.#said.has(key);
      if (said || this.#hidden().includes(key)) continue;
      this.#said.add(key);
      void this.#present(warning, key, fixes(warning));
    }
  }

  async #present({ message, hint }: Warning, key: string, fixes: NoticeFix[]): Promise<void> {
    const never = vscode.l10n.t("Don't Show Again");
    const text = hint ? `${message} ${hint}` : message;
    const chosen = await vscode.window.showWarningMessage(text, ...fixes.map(({ title }) => title), never);
    if (chosen === never) await this.#memory.update(hiddenKey, [...this.#hidden(), key]);
    await fixes.find(({ title }) => title === chosen)?.run();
  }

  #hidden(): string[] {
    return this.#memory.get<string[]>(hiddenKey, []);
  }
}
