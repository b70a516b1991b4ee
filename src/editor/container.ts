import * as vscode from 'vscode';

/** Remotes whose disk goes when they are made anew. */
const shortLived = ['dev-container', 'attached-container', 'codespaces'];

/** Whether what is kept in the home folder here may be gone tomorrow. */
export function isShortLived(): boolean {
  return shortLived.includes(vscode.env.remoteName ?? '');
}

/** What to say of a key where it goes with the container. */
export function containerNotice(): string | undefined {
  return isShortLived()
    ? vscode.l10n.t(
        'It is kept in this container only, and goes with it when the container is rebuilt. Save its recovery kit elsewhere.',
      )
    : undefined;
}
