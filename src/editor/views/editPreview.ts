import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { EditPlan } from '../../core/service.ts';
import { DisposableStore } from '../disposables.ts';
import { editScheme } from '../settings.ts';

interface Pending {
  right: vscode.Uri;
  resolve(apply: boolean): void;
}

/** Shows a planned edit as a diff of two documents that are in no file, and asks whether to make it. */
export class EditPreview implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #texts = new Map<string, string>();
  #pending: Pending | undefined;
  #count = 0;

  constructor() {
    this.#store.add(vscode.workspace.registerTextDocumentContentProvider(editScheme, this));
    this.#store.add(
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        const isPending = (tab: vscode.Tab) => this.#pending && shows(tab, this.#pending.right);
        if (closed.some(isPending)) this.answer(false);
      }),
    );
  }

  /** True where the edit is to be made; closing the diff is a no. */
  async ask({ file, before, after }: EditPlan, message: string): Promise<boolean> {
    this.answer(false);
    const [left, right] = [this.#document(file, before ?? ''), this.#document(file, after)];
    const title = vscode.l10n.t('{0}: what will change', vscode.workspace.asRelativePath(file));
    await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: false });
    showPlace(right, endOfChange(before ?? '', after));
    try {
      return await this.#answered(right, message);
    } finally {
      await closeTab(right);
      for (const uri of [left, right]) this.#texts.delete(uri.toString());
    }
  }

  /** The answer that a button gives. */
  answer(apply: boolean): void {
    this.#pending?.resolve(apply);
    this.#pending = undefined;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.answer(false);
    this.#store.dispose();
  }

  #answered(right: vscode.Uri, message: string): Promise<boolean> {
    const apply = vscode.l10n.t('Apply');
    const cancel = vscode.l10n.t('Cancel');
    return new Promise<boolean>((resolve) => {
      const pending = { right, resolve };
      this.#pending = pending;
      // The buttons of the editor's title stay where a notification that nobody looks at goes away.
      void vscode.window.showInformationMessage(message, apply, cancel).then((chosen) => {
        if (chosen !== undefined && this.#pending === pending) this.answer(chosen === apply);
      });
    });
  }

  /** The name is kept, so that the language is. */
  #document(file: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: editScheme, path: `/${++this.#count}/${basename(file)}` });
    this.#texts.set(uri.toString(), text);
    return uri;
  }
}

/** Long lines are shown where they change. The diff's own option for a selection leaves the editor at its top. */
function showPlace(uri: vscode.Uri, place: vscode.Position): void {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.toString() !== uri.toString()) return;
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Behind the last character of a text that an edit made another. */
function endOfChange(before: string, after: string): vscode.Position {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return positionIn(after, after.length - end);
}

function positionIn(text: string, offset: number): vscode.Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return new vscode.Position(line, offset - (before.lastIndexOf('\n') + 1));
}

function shows({ input }: vscode.Tab, right: vscode.Uri): boolean {
  return input instanceof vscode.TabInputTextDiff && input.modified.toString() === right.toString();
}

async function closeTab(right: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const tab = tabs.find((one) => shows(one, right));
  if (tab) await vscode.window.tabGroups.close(tab);
}
