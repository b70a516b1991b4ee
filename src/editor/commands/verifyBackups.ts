import * as vscode from 'vscode';
import type { VerifyResult } from '../../core/service.ts';
import { pickBackups } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import type { Session } from '../session.ts';
import { backupCount } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { backupNodesOf, sessionOf, uriOf, urisOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'texts'>;

/**
 * *Verify Backup* and *Drill*: opens backups to their last byte and checks all that is in them; a drill also restores them
 * into a scratch database. The live database is not touched.
 */
export function createVerifyBackups(parts: Parts, drill: boolean): Handler {
  return async (first, all) => {
    const title = drill
      ? vscode.l10n.t('Drill: Restore into a Scratch Database')
      : vscode.l10n.t('Verify Backup');
    const nodes = backupNodesOf(first, all);
    const session =
      nodes[0]?.session ?? sessionOf(first) ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const files = urisOf(first, all).map(({ fsPath }) => fsPath);
    const paths = nodes.length > 0 ? nodes.map(({ backup }) => backup.path) : files;
    if (paths.length === 0) paths.push(...(await pickBackups(session, title)).map(({ path }) => path));
    const results: VerifyResult[] = [];
    await parts.tasks.run({ title, plan: plans.quick }, async (task) => {
      for (const file of paths) {
        const ask = { project: session.request, file, drill };
        results.push(...(await parts.service.verify(ask, task)).results);
      }
    });
    // The date of a drill stands beside its backup.
    if (drill) await session.refresh();
    report(results, drill, parts);
    return results;
  };
}

/** *Verify All*: every backup of the folder. */
export function createVerifyAll(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Verify All');
    const session: Session = sessionOf(first) ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const { results } = await parts.tasks.run({ title, plan: plans.quick }, (task) =>
      parts.service.verify({ project: session.request, all: true }, task),
    );
    report(results, false, parts);
    return results;
  };
}

function report(results: VerifyResult[], drill: boolean, { texts }: Pick<Editor, 'texts'>): void {
  const damaged = results.filter(({ ok }) => !ok);
  const details = vscode.l10n.t('Show Details');
  const names = damaged.map(({ file }) => file).join(', ');
  const shown =
    damaged.length > 0
      ? vscode.window.showErrorMessage(vscode.l10n.t('Damaged: {0}', names), details)
      : vscode.window.showInformationMessage(good(results, drill), details);
  void shown.then(async (chosen) => {
    if (chosen !== details) return;
    const document = await vscode.workspace.openTextDocument(texts.add('verify.txt', lines(results)));
    await vscode.window.showTextDocument(document);
  });
}

function good(results: VerifyResult[], drill: boolean): string {
  const [only] = results;
  const what = results.length === 1 && only ? only.file : backupCount(results.length);
  return drill
    ? vscode.l10n.t('Proved restorable: {0}', what)
    : vscode.l10n.t('Nothing wrong was found: {0}', what);
}

function lines(results: VerifyResult[]): string {
  const sign = (ok: boolean | null) => (ok === null ? '?' : ok ? '✓' : '✗');
  return results
    .flatMap(({ file, checks }) => [
      file,
      ...checks.map(({ name, ok, detail }) => `  ${sign(ok)} ${name}: ${detail}`),
      '',
    ])
    .join('\n');
}
