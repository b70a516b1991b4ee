import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickFiles } from '../input/pick.ts';
import { plans } from '../progressPlan.ts';
import { format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { makeKey } from './firstRecipient.ts';
import { sayWritten } from './sayWritten.ts';
import { urisOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients'>;

/** *Encrypt File…*: any files, to the project's recipients or to keys that are picked. */
export function createEncryptFile(parts: Parts): Handler {
  return async (first, all) => {
    const title = vscode.l10n.t('Encrypt File');
    const files = urisOf(first, all);
    if (files.length === 0) {
      files.push(...(await pickFiles({ title, openLabel: vscode.l10n.t('Encrypt'), canSelectMany: true })));
    }
    const [one] = files;
    if (!one) return undefined;
    const recipients = await recipientsFor(one, title, parts);
    const paths: string[] = [];
    for (const { fsPath: file } of files) {
      const work = { title: vscode.l10n.t('Encrypting {0}', basename(file)), plan: plans.crypt };
      const ask = { file, recipients };
      paths.push((await parts.tasks.run(work, (task) => parts.service.encrypt(ask, task))).path);
    }
    const [path = ''] = paths;
    const names = format.list(paths.map((written) => basename(written)));
    sayWritten(path, vscode.l10n.t('Encrypted: {0}', names));
    return paths.length > 1 ? paths : path;
  };
}

async function recipientsFor(
  uri: vscode.Uri,
  title: string,
  { sessions, recipients }: Parts,
): Promise<string[]> {
  const [only, ...more] = sessions.all;
  const session = sessions.holding(uri) ?? (more.length === 0 ? only : undefined);
  const { project } = (await session?.facts()) ?? {};
  if (project && project.recipients.length > 0) return project.recipients;
  const keys = await recipients.usableKeys();
  const picked = keys.length > 0 ? await recipients.pick(title, keys) : 'create';
  const chosen = picked === 'create' || picked === 'import' ? await makeKey(picked) : picked.keys;
  return chosen.map(({ fingerprint }) => fingerprint);
}
