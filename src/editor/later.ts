import type * as vscode from 'vscode';
import { DisposableStore } from './disposables.ts';

/** A part that activation goes without: made when it is first asked for, and ended with the rest. */
export class Later<T extends vscode.Disposable> implements vscode.Disposable {
  readonly #make: () => Promise<T>;
  readonly #store = new DisposableStore();
  #made: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** The same one each time. */
  get(): Promise<T> {
    this.#made ??= this.#make().then((part) => this.#store.add(part));
    return this.#made;
  }

  dispose(): void {
    this.#store.dispose();
  }
}
