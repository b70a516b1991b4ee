import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ConfirmQuestion, MaskedColumn, TableChange } from '../core/task.ts';
import { backupCount, format, rowCount, tableCount } from './words.ts';

const tablesShown = 12;

type Host = NonNullable<ConfirmQuestion['host']>;

/** More than a dialog has room for, in a view beside which the question stays. */
export interface Details {
  show(): Promise<unknown>;
  /** Ends the question with a no. */
  signal: AbortSignal;
}

/** Another way to go on, beside the answer that is asked for. */
export interface Offer {
  /** What speaks for it. */
  line: string;
  button: string;
  /** The question is then answered with a no. */
  take(): void;
}

/**
 * Shows what is about to be replaced and waits for an answer. Closing the dialog is a no. With details, the dialog makes
 * way for them, and the question is asked again in a notification.
 */
export async function confirmChange(
  question: ConfirmQuestion,
  details?: Details,
  offer?: Offer,
): Promise<boolean> {
  const { message, button } = wording(question);
  const showDetails = vscode.l10n.t('Show Details');
  const options = { modal: true, detail: detailOf(question, offer) };
  const ways = offer ? [button, offer.button] : [button];
  const buttons = details ? [...ways, showDetails] : ways;
  const answered = (answer: string | undefined): boolean => {
    if (offer && answer === offer.button) offer.take();
    return answer === button;
  };
  const answer = await vscode.window.showWarningMessage(message, options, ...buttons);
  if (!details || answer !== showDetails) return answered(answer);
  await details.show();
  const again = vscode.window.showWarningMessage(message, ...ways, vscode.l10n.t('Cancel'));
  return answered(await Promise.race([again, aborted(details.signal)]));
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
  });
}

interface Wording {
  message: string;
  button: string;
}

function wording({ action, target, from, also, part, tables, files, host }: ConfirmQuestion): Wording {
  const name = basename(target);
  if (part) {
    const message =
      part === 'tables'
        ? vscode.l10n.t('Take {0} of {1} back into {2}?', tableCount(tables.length), from, name)
        : vscode.l10n.t('Take the ticked rows of {0} back into {1}?', from, name);
    return { message, button: vscode.l10n.t('Take Back') };
  }
  if (also !== undefined && action === 'restore') {
    return {
      message: vscode.l10n.t(
        'Replace the content of {0} and files in {1} with the restore point of {2}?',
        name,
        basename(also),
        from,
      ),
      button: vscode.l10n.t('Restore'),
    };
  }
  switch (action) {
    case 'restore':
      return {
        message: vscode.l10n.t('Replace the content of {0} with the backup {1}?', name, from),
        button: vscode.l10n.t('Restore'),
      };
    case 'restore-media':
      return {
        message: vscode.l10n.t('Replace files in {0} with the backup {1}?', name, from),
        button: vscode.l10n.t('Restore'),
      };
    case 'undo':
      return {
        message: vscode.l10n.t(
          'Bring {0} back to {1}?',
          also ? format.list([name, basename(also)]) : name,
          from,
        ),
        button: vscode.l10n.t('Undo Restore'),
      };
    case 'prune':
      return {
        message: vscode.l10n.t('Delete {0} from {1}?', backupCount(files?.removed ?? 0), target),
        button: vscode.l10n.t('Delete'),
      };
    case 'delete':
      return {
        message: vscode.l10n.t('Delete {0}?', target),
        button: vscode.l10n.t('Delete'),
      };
    case 'schedule':
      return {
        message: vscode.l10n.t('Install the scheduled backups of {0}?', from),
        button: vscode.l10n.t('Install'),
      };
    case 'trust':
      if (host) return hostWording(host);
      return {
        message: vscode.l10n.t('Use what this project names: {0}?', target),
        button: vscode.l10n.t('Use'),
      };
  }
}

/** A key that was shown is remembered: from then on another one is refused. */
function hostWording({ host, keyType }: Host): Wording {
  const message =
    keyType === 'certificate'
      ? vscode.l10n.t('No authority vouches for the certificate of {0}. Is it the right one?', host)
      : vscode.l10n.t('The server {0} is not known yet. Is this its key?', host);
  return { message, button: vscode.l10n.t('Trust It') };
}

function hostDetail({ remote, keyType, fingerprint }: Host): string {
  return [
    `${keyType}\n${fingerprint}`,
    vscode.l10n.t(
      'Compare it with what the owner of the server tells you. It is remembered for {0}.',
      remote,
    ),
  ].join('\n\n');
}

function detailOf(question: ConfirmQuestion, offer?: Offer): string {
  if (question.host) return hostDetail(question.host);
  const { action, tables, files, masked, warnings, target, also } = question;
  if (action === 'prune') return pruneDetail(question);
  const undoable = action === 'restore' || action === 'restore-media' || action === 'undo';
  return [
    undoable || action === 'schedule' ? [target, also].filter(Boolean).join('\n') : undefined,
    ...(undoable && (!files || also) ? [tableLines(tables)] : []),
    files &&
      vscode.l10n.t(
        'Files: {0} added, {1} replaced, {2} removed',
        format.number(files.added),
        format.number(files.replaced),
        format.number(files.removed),
      ),
    masked && maskedLines(masked),
    offer?.line,
    ...warnings.map(({ message }) => vscode.l10n.t('Warning: {0}', message)),
    undoable
      ? vscode.l10n.t('What is there now is kept, and can be brought back with Undo Last Restore.')
      : undefined,
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

/** Each file and why it goes. */
function pruneDetail({ warnings }: ConfirmQuestion): string {
  const lines = warnings.slice(0, tablesShown).map(({ message }) => message);
  const more = warnings.length - tablesShown;
  if (more > 0) lines.push(vscode.l10n.t('and {0} more', format.number(more)));
  return [lines.join('\n'), vscode.l10n.t('This cannot be undone.')].join('\n\n');
}

/** Which columns hold made-up values in what is put in, those of empty tables last. */
function maskedLines(masked: MaskedColumn[]): string {
  const inOrder = [...masked.filter(({ rows }) => rows > 0), ...masked.filter(({ rows }) => rows === 0)];
  const names = inOrder.slice(0, tablesShown).map(({ table, column }) => `${table}.${column}`);
  const more = masked.length - names.length;
  const last = more > 0 ? [vscode.l10n.t('and {0} more', format.number(more))] : [];
  return vscode.l10n.t('Masked: {0}', [...names, ...last].join(', '));
}

/** One line per table that changes, the rest in a sum. */
function tableLines(tables: TableChange[]): string {
  const changing = tables.filter(changes);
  const lines = changing.slice(0, tablesShown).map(tableLine);
  if (changing.length > tablesShown) {
    lines.push(vscode.l10n.t('and {0} more tables', format.number(changing.length - tablesShown)));
  }
  const same = tables.length - changing.length;
  if (same > 0) lines.push(sameLine(same, tables.every(isCompared)));
  return lines.join('\n');
}

/** Rows were compared, not only counted. */
function isCompared({ added, removed, changed }: TableChange): boolean {
  return added !== undefined || removed !== undefined || changed !== undefined;
}

function changes({ rowsNow, rowsAfter, added, removed, changed }: TableChange): boolean {
  return rowsNow !== rowsAfter || Boolean(added || removed || changed);
}

function sameLine(tables: number, compared: boolean): string {
  const count = tableCount(tables);
  return compared
    ? vscode.l10n.t('Unchanged: {0}', count)
    : vscode.l10n.t('As many rows as before: {0}', count);
}

function tableLine({ name, rowsNow, rowsAfter, added, removed, changed }: TableChange): string {
  if (rowsNow === null) return vscode.l10n.t('{0}: new, with {1}', name, rowCount(rowsAfter ?? 0));
  if (rowsAfter === null) return vscode.l10n.t('{0}: goes, with its {1}', name, rowCount(rowsNow));
  const counts = vscode.l10n.t('{0}: {1} now, {2} after', name, rowCount(rowsNow), format.number(rowsAfter));
  const detail = [
    added ? vscode.l10n.t('{0} added', format.number(added)) : '',
    removed ? vscode.l10n.t('{0} removed', format.number(removed)) : '',
    changed ? vscode.l10n.t('{0} changed', format.number(changed)) : '',
  ].filter(Boolean);
  return detail.length > 0 ? `${counts} (${detail.join(', ')})` : counts;
}
