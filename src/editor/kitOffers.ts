import * as vscode from 'vscode';
import type { KeyInfo } from '../core/service.ts';
import { isShortLived } from './container.ts';
import { commands } from './settings.ts';
import { keyName } from './words.ts';

const declinedKey = 'keys.kitDeclined';

/** Asks for a recovery kit before something is encrypted to a key that is on this machine alone; once for each key. */
export class KitOffers {
  readonly #memory: vscode.Memento;

  /** @param memory Of all windows. */
  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** @throws CancellationError where the question is closed */
  async ask(keys: readonly KeyInfo[]): Promise<void> {
    const declined = this.#memory.get<string[]>(declinedKey, []);
    const key = keys.find((one) => one.neverExported && !declined.includes(one.fingerprint));
    if (!key) return;
    // Who leaves the dialog where to save it has not said that there is to be none.
    while ((await question(key)) === 'save') {
      if (await vscode.commands.executeCommand(commands.saveRecoveryKit, { key })) return;
    }
    await this.#memory.update(declinedKey, [...declined, key.fingerprint]);
  }
}

async function question(key: KeyInfo): Promise<'save' | 'without'> {
  const save = vscode.l10n.t('Save Recovery Kit…');
  const without = vscode.l10n.t('Back Up Without It');
  const message = vscode.l10n.t('Save the recovery kit of {0} first?', keyName(key));
  const options = { modal: true, detail: detail() };
  const chosen = await vscode.window.showWarningMessage(message, options, save, without);
  if (chosen === undefined) throw new vscode.CancellationError();
  return chosen === save ? 'save' : 'without';
}

function detail(): string {
  const where = isShortLived()
    ? vscode.l10n.t(
        'The secret key is in this container only, and goes with it when the container is rebuilt.',
      )
    : vscode.l10n.t('The secret key is on this machine only, and goes with it.');
  const then = vscode.l10n.t(
    'Nobody opens the backups then. The kit is one page with the key, still under its passphrase, and how to restore with gpg alone.',
  );
  return `${where} ${then}`;
}
