import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { Backup, FileOpeners, KeyInfo } from '../../core/service.ts';
import { pickBackups } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { backupCount, format, keyName } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { makeKey } from './firstRecipient.ts';
import { backupNodesOf, backupsAt, sessionOf, uriOf, urisOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients' | 'openers'>;

/** *Re-Encrypt…*: the selection, to the project's present recipients. Returns the paths of what was encrypted anew. */
export function createReencryptBackups(parts: Parts): Handler {
  return async (first, all) => {
    const title = vscode.l10n.t('Re-Encrypt');
    const nodes = backupNodesOf(first, all);
    const session =
      nodes[0]?.session ?? sessionOf(first) ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const chosen =
      nodes.length > 0
        ? nodes.filter((node) => node.session === session).map(({ backup }) => backup)
        : await listed(urisOf(first, all), session, title);
    const keys = await keysFor(session, title, parts);
    const openers = await openersOf(chosen, parts);
    const files = openers.filter((one) => !one.problem && one.canOpen).map(({ path }) => path);
    if (files.length === 0) throw noneToOpen(chosen);
    if (!(await confirm(openers, keys))) return undefined;
    return reencrypt(session, files, keys, parts);
  };
}

async function listed(files: vscode.Uri[], session: Session, title: string): Promise<Backup[]> {
  const known = await backupsAt(files, session);
  return known.length > 0 ? known : pickBackups(session, title);
}

/** The project's recipients, or where it has none the keys that are picked. */
async function keysFor(session: Session, title: string, { recipients }: Parts): Promise<KeyInfo[]> {
  const { recipients: names } = await session.project();
  if (names.length > 0) return recipients.named(names);
  const usable = await recipients.usableKeys();
  const picked = usable.length > 0 ? await recipients.pick(title, usable) : 'create';
  return picked === 'create' || picked === 'import' ? makeKey(picked) : picked.keys;
}

function openersOf(backups: readonly Backup[], { service, tasks }: Parts): Promise<FileOpeners[]> {
  const files = backups.filter(({ encrypted }) => encrypted).map(({ path }) => path);
  return tasks.quietly((task) => service.whoCanOpen({ files }, task));
}

function noneToOpen(chosen: readonly Backup[]): BackupError {
  return chosen.some(({ encrypted }) => encrypted)
    ? new BackupError(
        'no-secret-key',
        vscode.l10n.t('None of these backups can be opened with a key of yours.'),
        vscode.l10n.t('Import the secret key that opens them.'),
      )
    : new BackupError('not-openpgp', vscode.l10n.t('None of these backups is encrypted.'));
}

async function confirm(openers: readonly FileOpeners[], keys: readonly KeyInfo[]): Promise<boolean> {
  const opened = openers.filter((one) => !one.problem && one.canOpen);
  const button = vscode.l10n.t('Re-Encrypt');
  const message = vscode.l10n.t(
    'Encrypt {0} anew to {1}?',
    backupCount(opened.length),
    format.list(keys.map(keyName)),
  );
  const options = { modal: true, detail: detailOf(openers, keys).join('\n\n') };
  return (await vscode.window.showWarningMessage(message, options, button)) === button;
}

/** What is not seen from the question: who can no longer open the backups, and what is left out. */
function detailOf(openers: readonly FileOpeners[], keys: readonly KeyInfo[]): string[] {
  const present = openers.flatMap((one) => (!one.problem && one.canOpen ? one.recipients : []));
  const gone = present.filter(({ fingerprint }) => !keys.some((key) => key.fingerprint === fingerprint));
  const names = [...new Set(gone.map(({ userId, keyId }) => userId ?? keyId))];
  const closed = openers.filter((one) => one.problem || !one.canOpen).length;
  const isMine = keys.some(({ secret }) => secret);
  return [
    ...(names.length > 0 ? [vscode.l10n.t('Can no longer open them: {0}', format.list(names))] : []),
    ...(isMine ? [] : [vscode.l10n.t('You hold none of these keys: you could not open them any more.')]),
    ...(closed > 0
      ? [vscode.l10n.t('Left as they are, because no key of yours opens them: {0}', backupCount(closed))]
      : []),
    vscode.l10n.t('Copies elsewhere stay as they are.'),
  ];
}

async function reencrypt(
  session: Session,
  files: string[],
  keys: readonly KeyInfo[],
  { service, tasks, openers }: Parts,
): Promise<string[]> {
  const recipients = keys.map(({ fingerprint }) => fingerprint);
  const title = vscode.l10n.t('Re-encrypting {0}', backupCount(files.length));
  const { paths } = await tasks
    .run({ title, plan: plans.crypt }, (task) =>
      service.reencrypt({ project: session.request, files, recipients }, task),
    )
    .finally(() => {
      // Those before one that failed are done.
      openers.lookAgain(files);
      return session.refresh();
    });
  const names = format.list(keys.map(keyName));
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Encrypted anew to {0}: {1}', names, backupCount(paths.length)),
  );
  return paths;
}
