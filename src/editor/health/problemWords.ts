import * as vscode from 'vscode';
import type { HealthProblem } from '../../core/service.ts';
import { format } from '../words.ts';

/** What is wrong, in one sentence of the user's language; warnings of other rooms are handed on as they are. */
export function problemWords(problem: HealthProblem, now: Date): string {
  const { code, what = 'all', date, count = 1, file = '', remotes = [], why = '' } = problem;
  const ago = date ? format.ago(new Date(date), now) : '';
  switch (code) {
    case 'no-backup':
      return vscode.l10n.t('There is no backup yet.');
    case 'backup-overdue':
      return overdueWords(what, count, ago);
    case 'schedule-failed':
      return vscode.l10n.t('The scheduled backup ({0}) failed {1}: {2}', kindWords(what), ago, why);
    case 'schedule-interrupted':
      return vscode.l10n.t('The scheduled backup ({0}) was broken off {1}.', kindWords(what), ago);
    case 'timer-stale':
      return vscode.l10n.t(
        'The installed timer works with earlier settings: since then, {0} changed.',
        format.list(problem.settings ?? []),
      );
    case 'not-encrypted':
      return vscode.l10n.t('Some backups are not encrypted.');
    case 'no-remote':
      return vscode.l10n.t('All backups lie on this machine alone.');
    case 'not-copied':
      return remotes.length > 0
        ? vscode.l10n.t('The newest backup is not copied to {0}: {1}', format.list(remotes), file)
        : vscode.l10n.t('The newest backup is not copied anywhere: {0}', file);
    case 'disk-low':
      return vscode.l10n.t('The disk has room for only a few more backups.');
    case 'never-proved':
      return vscode.l10n.t('No backup was ever proved restorable.');
    case 'drill-overdue':
      return vscode.l10n.t('The last backup was proved restorable {0}.', ago);
    case 'drill-failed':
      return vscode.l10n.t('{0} could not be restored in its last drill.', file);
    default:
      return problem.message;
  }
}

export function kindWords(what: NonNullable<HealthProblem['what']>): string {
  if (what === 'all') return vscode.l10n.t('databases and media files');
  return what === 'media' ? vscode.l10n.t('media files') : vscode.l10n.t('databases');
}

function overdueWords(what: NonNullable<HealthProblem['what']>, count: number, ago: string): string {
  const kind = kindWords(what);
  const missed =
    count === 1
      ? vscode.l10n.t('A scheduled backup was missed ({0}).', kind)
      : vscode.l10n.t('{0} scheduled backups were missed ({1}).', format.number(count), kind);
  return ago === ''
    ? vscode.l10n.t('{0} There is none yet.', missed)
    : vscode.l10n.t('{0} The newest was made {1}.', missed, ago);
}
