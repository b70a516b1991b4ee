import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickFiles } from '../input/pick.ts';
import { plans } from '../progressPlan.ts';
import { format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { sayWritten } from './sayWritten.ts';
import { nodeOf, urisOf } from './targets.ts';

/** *Decrypt File…*: OpenPGP files, beside each of which the plain one appears once it is proved intact. */
export function createDecryptFile({ service, tasks }: Pick<Editor, 'service' | 'tasks'>): Handler {
  return async (first, all) => {
    const node = nodeOf(first);
    const given = urisOf(first, all);
    const files = node?.type === 'backup' ? [vscode.Uri.file(node.backup.path)] : given;
    if (files.length === 0) files.push(...(await askForFiles()));
    const paths: string[] = [];
    for (const { fsPath: file } of files) {
      const work = { title: vscode.l10n.t('Decrypting {0}', basename(file)), plan: plans.crypt };
      paths.push((await tasks.run(work, (task) => service.decrypt({ file }, task))).path);
    }
    const [path] = paths;
    if (path === undefined) return undefined;
    const names = format.list(paths.map((one) => basename(one)));
    sayWritten(path, vscode.l10n.t('Decrypted, and readable for anyone with the file: {0}', names));
    return paths.length > 1 ? paths : path;
  };
}

function askForFiles(): Promise<vscode.Uri[]> {
  return pickFiles({
    title: vscode.l10n.t('Decrypt File'),
    canSelectMany: true,
    openLabel: vscode.l10n.t('Decrypt'),
    filters: {
      [vscode.l10n.t('OpenPGP files')]: ['gpg', 'asc', 'pgp'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
}
