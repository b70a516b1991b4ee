import * as vscode from 'vscode';
import { BackupError, type ErrorCode } from '../core/errors.ts';
import type { Log } from './log.ts';
import { type CommandId, commands } from './settings.ts';

/** A button that leads on from a failure. */
interface Fix {
  title: string;
  command: CommandId | 'workbench.trust.manage';
}

/** These are answers, not failures. */
const silent: ReadonlySet<ErrorCode> = new Set(['cancelled', 'not-confirmed']);

/** Carries what goes wrong to the user, with the next step as a button, and to the log with all detail. */
export class Failures {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Shows a failure; does not wait until it is read.
   * @param retry Does the same again, where that can help.
   */
  show(error: unknown, retry?: () => unknown): void {
    if (error instanceof vscode.CancellationError) return;
    if (!(error instanceof BackupError)) {
      this.#log.error(error instanceof Error ? error : String(error));
      const why = error instanceof Error ? error.message : String(error);
      void this.#present(vscode.l10n.t('DB Backup failed: {0}', why), []);
      return;
    }
    if (silent.has(error.code)) {
      this.#log.info(error.message);
      return;
    }
    this.#log.error(`${error.code}: ${error.message}${error.hint ? ` ${error.hint}` : ''}`);
    const hint = editorHint(error.code) ?? error.hint;
    const again = retry && retryHelps(error.code) ? retry : undefined;
    void this.#present(hint ? `${error.message} ${hint}` : error.message, fixesFor(error.code), again);
  }

  async #present(message: string, fixes: readonly Fix[], retry?: () => unknown): Promise<void> {
    const again = vscode.l10n.t('Try Again');
    const showLog = vscode.l10n.t('Show Log');
    const titles = [...fixes.map(({ title }) => title), ...(retry ? [again] : []), showLog];
    const chosen = await vscode.window.showErrorMessage(message, ...titles);
    if (chosen === showLog) this.#log.show(true);
    else if (chosen === again) await retry?.();
    const fix = fixes.find(({ title }) => title === chosen);
    if (fix) await vscode.commands.executeCommand(fix.command);
  }
}

function fixesFor(code: ErrorCode): Fix[] {
  switch (code) {
    case 'no-recipient':
      return [chooseRecipients(), createKey()];
    case 'unknown-recipient':
      return [chooseRecipients(), importKey()];
    case 'ambiguous-recipient':
    case 'expired-recipient':
    case 'revoked-recipient':
    case 'sign-only-recipient':
      return [chooseRecipients()];
    case 'no-secret-key':
      return [importKey()];
    case 'no-database':
    case 'no-such-database':
      return [{ title: vscode.l10n.t('Choose Database…'), command: commands.chooseDatabase }];
    case 'settings-unreadable':
    case 'media-root-missing':
    case 'media-root-refused':
    case 'over-limit':
      return [{ title: vscode.l10n.t('Open Settings'), command: commands.openSettings }];
    case 'no-backups':
      return [{ title: vscode.l10n.t('Back Up Database'), command: commands.backUpDatabase }];
    case 'no-such-file':
      return [{ title: vscode.l10n.t('Refresh'), command: commands.refresh }];
    case 'no-such-remote':
      return [{ title: vscode.l10n.t('Add Remote…'), command: commands.addRemote }];
    case 'untrusted-project':
      return [{ title: vscode.l10n.t('Manage Trust'), command: 'workbench.trust.manage' }];
    default:
      return [];
  }
}

function retryHelps(code: ErrorCode): boolean {
  return (
    code === 'busy' || code === 'wrong-passphrase' || code === 'passphrase-needed' || code === 'disk-full'
  );
}

/** Where the core's next step speaks of the command line, the editor has its own. */
function editorHint(code: ErrorCode): string | undefined {
  switch (code) {
    case 'no-recipient':
      return vscode.l10n.t('Choose or create the key that will open your backups.');
    case 'no-database':
      return vscode.l10n.t('Choose your SQLite file.');
    case 'no-backups':
      return vscode.l10n.t('Make one first.');
    case 'target-exists':
      return vscode.l10n.t('Move or rename that file first.');
    case 'untrusted-project':
      return vscode.l10n.t('Trust this folder to back up and restore.');
    default:
      return undefined;
  }
}

function chooseRecipients(): Fix {
  return { title: vscode.l10n.t('Choose Recipients…'), command: commands.chooseRecipients };
}

function createKey(): Fix {
  return { title: vscode.l10n.t('Create Key…'), command: commands.createKey };
}

function importKey(): Fix {
  return { title: vscode.l10n.t('Import Key…'), command: commands.importKey };
}
