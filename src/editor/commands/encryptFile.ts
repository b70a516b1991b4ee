import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickFiles } from '../input/pick.ts';
import { plans } from '../progressPlan.ts';
import type { Editor, Handler } from './command.ts';
import { makeKey } from './firstRecipient.ts';
import { sayWritten } from './sayWritten.ts';
import { uriOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients'>;

/** *Encrypt File…*: any file, to the project's recipients or to keys that are picked. */
export function createEncryptFile(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Encrypt File');
    const [uri] = uriOf(first)
      ? [uriOf(first)]
      : await pickFiles({ title, openLabel: vscode.l10n.t('Encrypt') });
    if (!uri) return undefined;
    const recipients = await recipientsFor(uri, title, parts);
    const work = { title: vscode.l10n.t('Encrypting {0}', basename(uri.fsPath)), plan: plans.crypt };
    const { path } = await parts.tasks.run(work, (task) =>
      parts.service.encrypt({ file: uri.fsPath, recipients }, task),
    );
    sayWritten(path, vscode.l10n.t('Encrypted: {0}', basename(path)));
    return path;
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
