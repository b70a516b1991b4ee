import * as vscode from 'vscode';
import { findPoints } from '../../core/backups/findPoints.ts';
import type { RestoreAnswer, RestoreAsk } from '../../core/service.ts';
import type { Asker, ConfirmQuestion, Warning } from '../../core/task.ts';
import { asksBeforeRestore } from '../confirmSetting.ts';
import { foreignHost, hasRules, maskButton, maskReason, maskSource } from '../maskOffer.ts';
import { migrate } from '../migrate.ts';
import type { NoticeFix } from '../notices.ts';
import { showMediaChanges } from '../preview/mediaChanges.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { commands, contextKeys, views } from '../settings.ts';
import { changedFiles, format, rowCount, tableCount } from '../words.ts';
import type { Editor } from './command.ts';
import { suggestMaskRules } from './suggestMaskRules.ts';
import { undoRestore } from './undo.ts';
import { warningFixes } from './warningFixes.ts';

export type AfterParts = Pick<Editor, 'service' | 'tasks' | 'notices' | 'failures' | 'log'>;
export type RestoreParts = AfterParts & Pick<Editor, 'comparisons' | 'texts'>;

/** What was chosen to be restored, and how. */
export type RestoreChoice = Pick<RestoreAsk, 'file' | 'what' | 'database' | 'mode' | 'only' | 'mask'>;

/**
 * Restores a backup into what is live, shows the result, and offers to take it back. Where the backup is from another
 * machine, the question before it offers to mask personal data.
 */
export async function restore(
  session: Session,
  ask: RestoreChoice,
  parts: RestoreParts,
): Promise<RestoreAnswer> {
  const { service, tasks } = parts;
  const title = vscode.l10n.t('Restoring {0}', ask.database ?? session.folder.name);
  const details = await detailsOf(session, ask, parts);
  const host = ask.mask ? undefined : await foreignHost(session, ask);
  let taken = false;
  const take = () => {
    taken = true;
  };
  const offer =
    host === undefined ? {} : { offer: { line: maskReason(host), button: maskButton(session), take } };
  const work = {
    title,
    plan: plans.restore,
    view: views.backups,
    unasked: !asksBeforeRestore(session),
    ...(details ? { details } : {}),
    ...offer,
  };
  // Whoever answered the question knows that nothing is masked.
  const request = { project: session.request, mask: false, ...ask };
  try {
    const answer = await tasks.run(work, (task) => service.restore(request, task));
    await afterRestore(session, answer, messageOf(answer), parts);
    return answer;
  } catch (error) {
    if (!taken) throw error;
  }
  if (!hasRules(session)) await suggestMaskRules(session, await maskSource(session, ask), parts);
  return restore(session, { ...ask, mask: true }, parts);
}

/** What follows a restore: the log, the result with the way back, and its warnings. */
export async function afterRestore(
  session: Session,
  answer: RestoreAnswer,
  message: string,
  parts: AfterParts,
): Promise<void> {
  await session.refresh();
  logRestored(answer, parts.log);
  void vscode.commands.executeCommand('setContext', contextKeys.hasRestored, true);
  sayRestored(session, answer, message, parts);
  // What the code lacks or has beyond the backup is news after every restore, not once in a window.
  const warnings = answer.warnings.map((warning) =>
    warning.code.startsWith('migrations-') ? { ...warning, key: warning.code } : warning,
  );
  parts.notices.show(warnings, (warning) => [...warningFixes(warning), ...migrationFixes(warning, session)]);
}

function migrationFixes({ code }: Warning, session: Session): NoticeFix[] {
  if (code !== 'migrations-behind') return [];
  const title = vscode.l10n.t('Run Migrate');
  const run = async () => {
    const { managePath } = await session.project();
    if (managePath !== undefined) await migrate(session, managePath, title);
  };
  return [{ title, run }];
}

/** What *Show Details* opens: the comparison of one database, which is what it can show, and a list of media files. */
async function detailsOf(session: Session, choice: RestoreChoice, { comparisons, texts }: RestoreParts) {
  const compared = await databaseOf(session, choice);
  const request = compared && { session, ...compared, ...(choice.mask ? { masked: true } : {}) };
  if (!request && choice.what === 'database') return undefined;
  return async (asker: Asker, question: ConfirmQuestion) => {
    await showMediaChanges(question, texts);
    if (request) await (await comparisons.get()).show(request, asker);
  };
}

/** The backup and the database that are compared; undefined where there is none, or more than one. */
async function databaseOf(
  session: Session,
  { file, what, database }: RestoreChoice,
): Promise<{ after: string; database?: string } | undefined> {
  if (what === 'media') return undefined;
  const { backups } = await session.facts();
  if (what === 'all') {
    const points = findPoints(backups);
    const point = file === undefined ? points[0] : points.find(({ media }) => media.path === file);
    const [backup, other] = point?.databases ?? [];
    if (!backup || other) return undefined;
    return { after: backup.path, ...(backup.database === undefined ? {} : { database: backup.database }) };
  }
  const newest = backups.find((backup) => backup.kind === 'database' && backup.database === database);
  const after = file ?? newest?.path;
  return after === undefined ? undefined : { after, ...(database === undefined ? {} : { database }) };
}

function sayRestored(session: Session, { undo }: RestoreAnswer, message: string, parts: AfterParts): void {
  const takeBack = vscode.l10n.t('Undo');
  const showLog = vscode.l10n.t('Show Log');
  const buttons = undo === null ? [showLog] : [takeBack, showLog];
  void vscode.window.showInformationMessage(message, ...buttons).then(async (chosen) => {
    if (chosen === showLog) await vscode.commands.executeCommand(commands.showLog);
    if (chosen !== takeBack || undo === null) return;
    await undoRestore(session, undo, parts).catch((error: unknown) => parts.failures.show(error));
  });
}

function messageOf({ restored, files, masked, also = [] }: RestoreAnswer): string {
  const names = [restored.target, ...also].map((path) => vscode.workspace.asRelativePath(path));
  const rows = [
    tableCount(restored.tables),
    rowCount(restored.rows),
    ...(masked ? [maskedCount(masked.length)] : []),
  ].join(', ');
  if (also.length > 0) {
    const facts = files ? [rows, changedFiles(files)].join('; ') : rows;
    return vscode.l10n.t('{0} are restored: {1}.', format.list(names), facts);
  }
  return vscode.l10n.t('{0} is restored: {1}.', names[0] ?? '', files ? changedFiles(files) : rows);
}

function maskedCount(columns: number): string {
  return columns === 1
    ? vscode.l10n.t('1 column masked')
    : vscode.l10n.t('{0} columns masked', format.number(columns));
}

/** What the dialog had room for in part stands in the log in full. */
function logRestored(
  { restored, changes, files, masked = [], undo }: RestoreAnswer,
  log: Editor['log'],
): void {
  log.info(`restored: ${restored.target} from ${restored.file}, undo copy ${undo ?? 'none'}`);
  if (files) log.info(`  ${files.added} files added, ${files.replaced} replaced, ${files.removed} removed`);
  for (const { table, column, kind } of masked) log.info(`  masked: ${table}.${column} (${kind})`);
  for (const { name, rowsNow, rowsAfter, added, removed, changed } of changes) {
    const detail =
      added === undefined ? '' : ` (${added} added, ${removed ?? 0} removed, ${changed ?? 0} changed)`;
    log.info(`  ${name}: ${rowsNow ?? 'no table'} -> ${rowsAfter ?? 'no table'} rows${detail}`);
  }
}
