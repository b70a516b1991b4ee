import * as vscode from 'vscode';
import type { Service } from '../core/service.ts';
import type { PassphraseChecks } from './passphraseChecks.ts';
import type { Sessions } from './sessions.ts';
import { commands, configurationSection } from './settings.ts';
import type { Tasks } from './tasks.ts';
import { keyName } from './words.ts';

/** Asks once a year, where the setting says so, whether the passphrase of a key is still known. One key at a time. */
export async function remindOfPassphrase(
  {
    service,
    tasks,
    sessions,
    checks,
  }: { service: Service; tasks: Tasks; sessions: Sessions; checks: PassphraseChecks },
  now: Date,
): Promise<void> {
  const isWanted = sessions.all.some(({ folder }) =>
    vscode.workspace.getConfiguration(configurationSection, folder.uri).get('remindPassphrase', false),
  );
  if (!isWanted || !vscode.workspace.isTrusted) return;
  const { keys } = await tasks.quietly((task) => service.listKeys({}, task));
  const [key] = checks.due(keys, now);
  if (!key) return;
  await checks.asked(now);
  const check = vscode.l10n.t('Check Passphrase');
  const later = vscode.l10n.t('Not Now');
  const message = vscode.l10n.t(
    'Do you still know the passphrase of {0}? Without it your backups stay closed.',
    keyName(key),
  );
  const chosen = await vscode.window.showInformationMessage(message, check, later);
  if (chosen === check) await vscode.commands.executeCommand(commands.checkPassphrase, { key });
}
