import * as vscode from 'vscode';
import type { KeyInfo } from '../../core/service.ts';
import { pickOne } from '../input/pick.ts';
import { chooseKey } from '../input/pickKey.ts';
import { keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';

type Parts = Pick<Editor, 'service' | 'tasks'>;
type Way = 'clipboard' | 'public' | 'secret';

/** *Export Key…*: the public half to the clipboard or a file, the secret one, still under its passphrase, to a file. */
export function createExportKey(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Export Key');
    const key = await chooseKey(title, first, parts, ({ source }) => source !== 'gnupg');
    const way = await pickWay(title, key);
    const secret = way === 'secret';
    const { armored } = await parts.tasks.quietly((task) =>
      parts.service.exportKey({ key: key.fingerprint, secret }, task),
    );
    if (way === 'clipboard') {
      await vscode.env.clipboard.writeText(armored);
      void vscode.window.showInformationMessage(
        vscode.l10n.t('The public key of {0} is on the clipboard.', keyName(key)),
      );
      return undefined;
    }
    const target = await askWhere(key, secret);
    await vscode.workspace.fs.writeFile(target, Buffer.from(armored));
    void vscode.window.showInformationMessage(
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

function pickWay(title: string, { secret }: KeyInfo): Promise<Way> {
  return pickOne<Way>(title, vscode.l10n.t('What to export, and where to'), [
    {
      label: vscode.l10n.t('Public key to the clipboard'),
      detail: vscode.l10n.t('For whoever is to encrypt to you'),
      iconPath: new vscode.ThemeIcon('clippy'),
      value: 'clipboard',
    },
    {
      label: vscode.l10n.t('Public key to a file…'),
      iconPath: new vscode.ThemeIcon('save'),
      value: 'public',
    },
    ...(secret
      ? [
          {
            label: vscode.l10n.t('Secret key to a file…'),
            detail: vscode.l10n.t('For another machine of yours, or the safe; it stays under its passphrase'),
            iconPath: new vscode.ThemeIcon('lock'),
            value: 'secret' as const,
          },
        ]
      : []),
  ]);
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
