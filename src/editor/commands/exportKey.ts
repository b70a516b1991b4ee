import * as vscode from 'vscode';
import type { KeyInfo } from '../../core/service.ts';
import { type Entry, pickOne, separator } from '../input/pick.ts';
import { chooseKey } from '../input/pickKey.ts';
import { plans } from '../progressPlan.ts';
import { keyName } from '../words.ts';
import { writePrivate } from '../writePrivate.ts';
import type { Editor, Handler } from './command.ts';

type Parts = Pick<Editor, 'service' | 'tasks' | 'notices'>;
type Way = 'clipboard' | 'public' | 'secret' | 'gnupg-public' | 'gnupg-secret';

/**
 * *Export Key…*: the public half to the clipboard, a file or GnuPG; the secret one, still under its passphrase, to a file
 * or GnuPG.
 */
export function createExportKey(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Export Key');
    const key = await chooseKey(title, first, parts, ({ source }) => source !== 'gnupg');
    const way = await pickWay(title, key);
    if (way === 'gnupg-public' || way === 'gnupg-secret') {
      return toGnuPG(key, way === 'gnupg-secret', parts);
    }
    const secret = way === 'secret';
    const target = way === 'clipboard' ? undefined : await askWhere(key, secret);
    const { armored, warnings } = await parts.tasks.quietly((task) =>
      parts.service.exportKey({ key: key.fingerprint, secret }, task),
    );
    parts.notices.show(warnings);
    if (!target) {
      await vscode.env.clipboard.writeText(armored);
      say(vscode.l10n.t('The public key of {0} is on the clipboard.', keyName(key)));
      return undefined;
    }
    if (!secret) await vscode.workspace.fs.writeFile(target, Buffer.from(armored));
    else {
      await writePrivate(target, armored);
      await parts.tasks.quietly((task) => parts.service.noteExported({ key: key.fingerprint }, task));
    }
    say(
      secret
        ? vscode.l10n.t(
            'The secret key of {0} was saved. Keep the file where nobody else can read it.',
            keyName(key),
          )
        : vscode.l10n.t('The public key of {0} was saved.', keyName(key)),
    );
    return target;
  };
}

async function toGnuPG(key: KeyInfo, secret: boolean, { service, tasks }: Parts): Promise<KeyInfo> {
  const title = vscode.l10n.t('Exporting to GnuPG');
  const exported = await tasks.run({ title, plan: plans.key }, (task) =>
    service.exportToGnuPG({ key: key.fingerprint, secret }, task),
  );
  say(vscode.l10n.t('The key of {0} is in GnuPG.', keyName(key)));
  return exported;
}

function say(message: string): void {
  void vscode.window.showInformationMessage(message);
}

function pickWay(title: string, { secret, notForGnuPG }: KeyInfo): Promise<Way> {
  const prompt = notForGnuPG
    ? vscode.l10n.t('GnuPG 2.2 cannot read this key: it is of a newer format. What to export, and where to')
    : vscode.l10n.t('What to export, and where to');
  const entries = [
    separator<Way>(vscode.l10n.t('Public key: for whoever is to encrypt to you')),
    entry('clippy', 'clipboard', vscode.l10n.t('Public key to the clipboard')),
    entry('save', 'public', vscode.l10n.t('Public key to a file…')),
    entry('package', 'gnupg-public', vscode.l10n.t('Public key to GnuPG')),
    ...(secret
      ? [
          separator<Way>(
            vscode.l10n.t('Secret key: for another machine of yours, or the safe; under its passphrase'),
          ),
          entry('lock', 'secret', vscode.l10n.t('Secret key to a file…')),
          entry('package', 'gnupg-secret', vscode.l10n.t('Secret key to GnuPG')),
        ]
      : []),
  ];
  const isGnuPG = ({ value }: Entry<Way>) => value === 'gnupg-public' || value === 'gnupg-secret';
  return pickOne<Way>(title, prompt, notForGnuPG ? entries.filter((one) => !isGnuPG(one)) : entries);
}

function entry(icon: string, value: Way, label: string): Entry<Way> {
  return { label, iconPath: new vscode.ThemeIcon(icon), value };
}

async function askWhere({ fingerprint }: KeyInfo, secret: boolean): Promise<vscode.Uri> {
  const name = `${fingerprint.slice(-16)}.${secret ? 'secret' : 'public'}.asc`;
  const folder = vscode.Uri.file(process.env.HOME ?? process.env.USERPROFILE ?? '/');
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Key'),
    saveLabel: vscode.l10n.t('Export'),
    defaultUri: vscode.Uri.joinPath(folder, name),
  });
  if (!target) throw new vscode.CancellationError();
  return target;
}
