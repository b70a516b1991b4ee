import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { KeyInfo } from '../../core/service.ts';
import { pickFiles, pickOne } from '../input/pick.ts';
import { plans } from '../progressPlan.ts';
import { keyEntry } from '../recipients.ts';
import { format, keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { offerForProject } from './offerForProject.ts';
import { uriOf } from './targets.ts';

type Parts = Pick<
  Editor,
  'service' | 'sessions' | 'tasks' | 'recipients' | 'preview' | 'welcome' | 'failures' | 'notices'
>;

type Way = 'files' | 'clipboard' | 'paste' | 'gnupg';

/**
 * *Import Key…*: from files, binary or armored, from the clipboard, pasted, or from GnuPG; returns the keys. `{quiet: true}`
 * leaves the offer to the caller.
 */
export function createImportKey(parts: Parts): Handler {
  return async (first) => {
    const uri = uriOf(first);
    const keys = uri ? await fromFiles([uri], parts) : await bring(await askWay(), parts);
    await parts.welcome.update();
    const quiet = typeof first === 'object' && first !== null && 'quiet' in first;
    if (!quiet) offerForProject(keys, vscode.l10n.t('Imported: {0}', format.list(keys.map(keyName))), parts);
    return keys;
  };
}

function askWay(): Promise<Way> {
  return pickOne<Way>(vscode.l10n.t('Import Key'), vscode.l10n.t('Where the key is'), [
    {
      label: vscode.l10n.t('From files…'),
      detail: vscode.l10n.t('Armored or binary, several keys in one file, or several files'),
      iconPath: new vscode.ThemeIcon('files'),
      value: 'files',
    },
    {
      label: vscode.l10n.t('From the clipboard'),
      detail: vscode.l10n.t('A text that begins with -----BEGIN PGP'),
      iconPath: new vscode.ThemeIcon('clippy'),
      value: 'clipboard',
    },
    {
      label: vscode.l10n.t('Paste…'),
      detail: vscode.l10n.t('Where the clipboard cannot be read, as in some browsers'),
      iconPath: new vscode.ThemeIcon('edit'),
      value: 'paste',
    },
    {
      label: vscode.l10n.t('From GnuPG…'),
      detail: vscode.l10n.t('A key that gpg has; it stays there as well'),
      iconPath: new vscode.ThemeIcon('package'),
      value: 'gnupg',
    },
  ]);
}

async function bring(way: Way, parts: Parts): Promise<KeyInfo[]> {
  if (way === 'files') return fromFiles(await askForFiles(), parts);
  if (way === 'gnupg') return fromGnuPG(parts);
  const text = way === 'paste' ? await askForText() : await vscode.env.clipboard.readText();
  return take(Buffer.from(text), parts);
}

async function askForText(): Promise<string> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Import Key'),
    prompt: vscode.l10n.t('Paste the whole key, from -----BEGIN PGP to the end'),
    ignoreFocusOut: true,
    validateInput: (value) =>
      value === '' || /-----BEGIN PGP .*-----END PGP /s.test(value)
        ? undefined
        : vscode.l10n.t('This is no whole key: it begins with -----BEGIN PGP and has an end.'),
  });
  if (!text) throw new vscode.CancellationError();
  return text;
}

async function fromFiles(files: vscode.Uri[], parts: Parts): Promise<KeyInfo[]> {
  const keys: KeyInfo[] = [];
  for (const file of files) keys.push(...(await take(await vscode.workspace.fs.readFile(file), parts)));
  return keys;
}

async function take(data: Uint8Array, { service, tasks, notices }: Parts): Promise<KeyInfo[]> {
  const answer = await tasks.quietly((task) => service.importKeys({ data }, task));
  notices.show(answer.warnings);
  return answer.keys;
}

/** The secret half comes along where GnuPG has it: what only the public one were for is encrypted there already. */
async function fromGnuPG({ service, tasks, notices }: Parts): Promise<KeyInfo[]> {
  const { keys, warnings, gnupg } = await tasks.quietly((task) => service.listKeys({}, task));
  notices.show(warnings);
  if (!gnupg) {
    throw new BackupError(
      'failed',
      vscode.l10n.t('GnuPG is not installed here: there is no gpg.'),
      vscode.l10n.t('Import the key from a file.'),
    );
  }
  const theirs = keys.filter(({ source }) => source === 'gnupg');
  if (theirs.length === 0) {
    throw new BackupError(
      'no-such-file',
      vscode.l10n.t('GnuPG has no key that is not here already.'),
      vscode.l10n.t('See gpg --list-keys.'),
    );
  }
  const entries = theirs.map((key) => ({ ...keyEntry(key), value: key }));
  const { fingerprint, secret } = await pickOne(
    vscode.l10n.t('Import Key'),
    vscode.l10n.t('Choose a key'),
    entries,
  );
  const work = { title: vscode.l10n.t('Importing from GnuPG'), plan: plans.key };
  const answer = await tasks.run(work, (task) => service.importFromGnuPG({ key: fingerprint, secret }, task));
  notices.show(answer.warnings);
  return answer.keys;
}

function askForFiles(): Promise<vscode.Uri[]> {
  return pickFiles({
    title: vscode.l10n.t('Import Key'),
    openLabel: vscode.l10n.t('Import'),
    canSelectMany: true,
    filters: {
      [vscode.l10n.t('Keys')]: ['asc', 'gpg', 'pgp', 'key', 'pub', 'txt'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
}
