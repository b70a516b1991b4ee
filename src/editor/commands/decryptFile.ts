import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickFiles } from '../input/pick.ts';
import { plans } from '../progressPlan.ts';
import type { Editor, Handler } from './command.ts';
import { sayWritten } from './sayWritten.ts';
import { nodeOf, uriOf } from './targets.ts';

/** *Decrypt File…*: any OpenPGP file, beside which the plain one appears once it is proved intact. */
export function createDecryptFile({ service, tasks }: Pick<Editor, 'service' | 'tasks'>): Handler {
  return async (first) => {
    const node = nodeOf(first);
    const file = node?.type === 'backup' ? node.backup.path : (uriOf(first) ?? (await askForFile()))?.fsPath;
    if (file === undefined) return undefined;
    const work = { title: vscode.l10n.t('Decrypting {0}', basename(file)), plan: plans.crypt };
    const { path } = await tasks.run(work, (task) => service.decrypt({ file }, task));
    sayWritten(path, vscode.l10n.t('Decrypted, and readable for anyone with the file: {0}', basename(path)));
    return path;
  };
}

async function askForFile(): Promise<vscode.Uri | undefined> {
  const [uri] = await pickFiles({
    title: vscode.l10n.t('Decrypt File'),
    openLabel: vscode.l10n.t('Decrypt'),
    filters: {
      [vscode.l10n.t('OpenPGP files')]: ['gpg', 'asc', 'pgp'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
  return uri;
}
