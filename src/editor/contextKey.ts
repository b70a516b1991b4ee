import * as vscode from 'vscode';

/** A context key that clauses of package.json ask for, told to the editor where it changes. */
export class ContextKey<T> {
  readonly #name: string;
  #told: T | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  async set(value: T): Promise<void> {
    if (value === this.#told) return;
    this.#told = value;
    await vscode.commands.executeCommand('setContext', this.#name, value);
  }
}
