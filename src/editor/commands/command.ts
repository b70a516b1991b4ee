import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Service } from '../../core/service.ts';
import type { Failures } from '../failures.ts';
import type { HealthPages } from '../health/healthPage.ts';
import type { HealthWatch } from '../health/healthWatch.ts';
import type { KitOffers } from '../kitOffers.ts';
import type { Later } from '../later.ts';
import type { Log } from '../log.ts';
import type { Notices } from '../notices.ts';
import type { Openers } from '../openers.ts';
import type { PassphraseChecks } from '../passphraseChecks.ts';
import type { Passphrases } from '../passphrases.ts';
import type { Comparisons } from '../preview/comparisons.ts';
import type { DataEditor } from '../preview/dataEditor.ts';
import type { VirtualTexts } from '../preview/virtualTexts.ts';
import type { Recipients } from '../recipients.ts';
import type { RemoteListings } from '../remoteListings.ts';
import type { Sessions } from '../sessions.ts';
import { type CommandId, restrictedModeCommands } from '../settings.ts';
import type { Tasks } from '../tasks.ts';
import type { BackupsTree } from '../views/backupsTree.ts';
import type { EditPreview } from '../views/editPreview.ts';
import type { RemotesTree } from '../views/remotesTree.ts';
import type { Welcome } from '../views/welcome.ts';

/** What commands are made from; each names the parts it uses. */
export interface Editor {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
  passphrases: Passphrases;
  checks: PassphraseChecks;
  recipients: Recipients;
  kits: KitOffers;
  preview: EditPreview;
  openers: Openers;
  notices: Notices;
  failures: Failures;
  log: Log;
  tree: BackupsTree;
  remotes: RemotesTree;
  listings: RemoteListings;
  welcome: Welcome;
  data: DataEditor;
  comparisons: Later<Comparisons>;
  texts: VirtualTexts;
  health: HealthWatch;
  healthPages: Later<HealthPages>;
}

/** What a menu or a caller hands over: a tree node or a file, then everything that is selected. */
export type Handler = (first?: unknown, all?: unknown) => Promise<unknown>;

/** The extension as it is installed. */
export interface ExtensionPlace {
  id: string;
  extensionPath: string;
}

/** Registers a command whose every failure reaches the user. Its answer goes to whoever executed it. */
export function registerCommand(
  id: CommandId,
  handler: Handler,
  { failures, log }: Pick<Editor, 'failures' | 'log'>,
): vscode.Disposable {
  const run = async (first?: unknown, all?: unknown): Promise<unknown> => {
    log.debug(`command ${id}`);
    try {
      // Menus are disabled by `enablement`; keybindings and other extensions are not.
      if (!vscode.workspace.isTrusted && !restrictedModeCommands.has(id)) throw restrictedMode();
      return await handler(first, all);
    } catch (error) {
      failures.show(error, () => run(first, all));
      return undefined;
    }
  };
  return vscode.commands.registerCommand(id, run);
}

function restrictedMode(): BackupError {
  return new BackupError(
    'untrusted-project',
    vscode.l10n.t('In Restricted Mode, DB Backup only lists backups.'),
  );
}
