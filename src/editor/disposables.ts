import type { Disposable } from 'vscode';

/** Owns disposables and ends them together, the last one first; what comes after the end is ended at once. */
export class DisposableStore implements Disposable {
  #owned: Disposable[] = [];
  #ended = false;

  add<T extends Disposable>(disposable: T): T {
    if (this.#ended) disposable.dispose();
    else this.#owned.push(disposable);
    return disposable;
  }

  dispose(): void {
    this.#ended = true;
    for (const disposable of this.#owned.splice(0).reverse()) disposable.dispose();
  }
}
