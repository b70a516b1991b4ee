import * as vscode from 'vscode';

/** An entry of a list with what it stands for. */
export interface Entry<T> extends vscode.QuickPickItem {
  value?: T;
}

export function separator<T>(label: string): Entry<T> {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** @throws CancellationError when nothing was chosen. */
export async function pickOne<T>(title: string, placeHolder: string, entries: Entry<T>[]): Promise<T> {
  const options = { title, placeHolder, matchOnDescription: true, matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(entries, options);
  if (chosen?.value === undefined) throw new vscode.CancellationError();
  return chosen.value;
}

/** @throws CancellationError when nothing was chosen. */
export async function pickMany<T>(title: string, placeHolder: string, entries: Entry<T>[]): Promise<T[]> {
  const options = { title, placeHolder, matchOnDescription: true, matchOnDetail: true } as const;
  const chosen = await vscode.window.showQuickPick(entries, { ...options, canPickMany: true });
  const values = chosen?.map(({ value }) => value).filter((value) => value !== undefined) ?? [];
  if (values.length === 0) throw new vscode.CancellationError();
  return values;
}

/** Asks for files by the system's dialog. @throws CancellationError when none was chosen. */
export async function pickFiles(options: vscode.OpenDialogOptions): Promise<vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog(options);
  if (!chosen || chosen.length === 0) throw new vscode.CancellationError();
  return chosen;
}
