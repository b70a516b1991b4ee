import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import { textScheme } from '../settings.ts';

/** Texts that are in no file, for the editor to show; each is kept as long as it is open. */
export class VirtualTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor() {
    this.#store.add(vscode.workspace.registerTextDocumentContentProvider(textScheme, this));
    this.#store.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.#texts.delete(uri.toString())),
    );
  }

  /** @param name stands in the tab; its extension says the language */
  add(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: textScheme, path: `/${++this.#count}/${name}` });
    this.#texts.set(uri.toString(), text);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.#store.dispose();
    this.#texts.clear();
  }
}
