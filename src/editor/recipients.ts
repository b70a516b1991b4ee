import * as vscode from 'vscode';
import type { KeyInfo, Service } from '../core/service.ts';
import { writeSetting } from './configuration.ts';
import type { Session } from './session.ts';
import type { Tasks } from './tasks.ts';
import { dot, expiryWords, keyName, shortFingerprint } from './words.ts';

interface KeyEntry extends vscode.QuickPickItem {
  key: KeyInfo;
}

type Picked = { keys: KeyInfo[] } | 'create' | 'import';

/** Who can open a project's backups: chosen among the user's own keys, written into the folder's settings. */
export class Recipients {
  readonly #service: Service;
  readonly #tasks: Tasks;

  constructor(service: Service, tasks: Tasks) {
    this.#service = service;
    this.#tasks = tasks;
  }

  /** Keys that can be encrypted to today. */
  async usableKeys(): Promise<KeyInfo[]> {
    const { keys } = await this.#tasks.quietly((task) => this.#service.listKeys({}, task));
    return keys.filter(isUsable);
  }

  /** Lets the user pick keys; from the list they can also go on to make or import one. @throws CancellationError */
  pick(title: string, keys: readonly KeyInfo[], chosen: readonly string[] = []): Promise<Picked> {
    const pick = vscode.window.createQuickPick<KeyEntry>();
    const create = { iconPath: new vscode.ThemeIcon('add'), tooltip: vscode.l10n.t('Create Key…') };
    const bring = { iconPath: new vscode.ThemeIcon('cloud-download'), tooltip: vscode.l10n.t('Import Key…') };
    pick.title = title;
    pick.placeholder = vscode.l10n.t('Who can open the backups: each of these keys will');
    pick.canSelectMany = true;
    pick.matchOnDetail = true;
    pick.ignoreFocusOut = true;
    pick.buttons = [create, bring];
    pick.items = keys.map(keyEntry);
    // The only key there is will be the one that is meant.
    const chosenItems = pick.items.filter(({ key }) => chosen.some((name) => isNamed(key, name)));
    pick.selectedItems = keys.length === 1 ? pick.items : chosenItems;
    return new Promise<Picked>((resolve, reject) => {
      pick.onDidTriggerButton((button) => resolve(button === create ? 'create' : 'import'));
      pick.onDidAccept(() => {
        const picked = pick.selectedItems.map(({ key }) => key);
        if (picked.length > 0) resolve({ keys: picked });
      });
      pick.onDidHide(() => reject(new vscode.CancellationError()));
      pick.show();
    }).finally(() => pick.dispose());
  }

  /** How settings name keys: by e-mail address where that names one alone, else by fingerprint. */
  async namesFor(keys: readonly KeyInfo[]): Promise<string[]> {
    const all = await this.usableKeys();
    return keys.map((key) => nameFor(key, all));
  }

  /** The keys that a project's names stand for. @throws BackupError unknown-recipient, ambiguous-recipient, … */
  async named(names: string[]): Promise<KeyInfo[]> {
    return this.#tasks.quietly((task) => this.#service.recipientKeys({ names }, task));
  }

  /** Keys that can be encrypted to and are none of these. */
  async othersThan(names: readonly string[]): Promise<KeyInfo[]> {
    const all = await this.usableKeys();
    return all.filter((key) => !names.some((name) => isNamed(key, name)));
  }

  /** Makes these keys the folder's recipients in its settings, without further questions. */
  async use(session: Session, keys: readonly KeyInfo[]): Promise<void> {
    await writeSetting(session.folder, 'recipients', await this.namesFor(keys));
    await session.refresh();
  }
}

function isUsable({ canEncrypt, revoked, expires }: KeyInfo): boolean {
  return canEncrypt && !revoked && (expires === null || Date.parse(expires) > Date.now());
}

/** The e-mail address where it names this key alone, else the fingerprint. */
function nameFor(key: KeyInfo, all: readonly KeyInfo[]): string {
  const email = emailOf(key.userIds[0]);
  if (email === undefined) return key.fingerprint;
  const same = all.filter(({ userIds }) => userIds.some((userId) => emailOf(userId) === email));
  return same.length === 1 ? email : key.fingerprint;
}

/** Whether a setting means this key: by fingerprint, key id or e-mail address. */
export function isNamed(key: KeyInfo, name: string): boolean {
  const digits = name.replace(/^0x|\s/gi, '').toUpperCase();
  const byDigits = /^[0-9A-F]{8,40}$/.test(digits) && key.fingerprint.endsWith(digits);
  return byDigits || key.userIds.some((userId) => emailOf(userId) === name.toLowerCase());
}

function emailOf(userId: string | undefined): string | undefined {
  const found = /<([^<>\s]+@[^<>\s]+)>/.exec(userId ?? '')?.[1] ?? /^\S+@\S+$/.exec(userId ?? '')?.[0];
  return found?.toLowerCase();
}

export function keyEntry(key: KeyInfo): KeyEntry {
  const half = key.secret ? vscode.l10n.t('yours to open') : vscode.l10n.t('public half only');
  return {
    key,
    label: keyName(key),
    description: [half, expiryWords(key)].join(dot),
    detail: [key.algorithm, shortFingerprint(key.fingerprint)].join(dot),
    iconPath: new vscode.ThemeIcon(key.secret ? 'key' : 'person'),
  };
}
