import * as vscode from 'vscode';
import type { Backup } from '../../core/service.ts';
import { format } from '../words.ts';

type Drill = NonNullable<Backup['drill']>;

/** Each label once: the parts of a restore point have theirs together. */
export function labelsOf(backups: readonly Backup[]): string[] {
  return [...new Set(backups.map(({ label }) => label).filter((label) => label !== undefined))];
}

export function isPinned(backups: readonly Backup[]): boolean {
  return backups.every(({ pinned }) => pinned === true);
}

export function pinWords(backups: readonly Backup[]): string[] {
  return isPinned(backups) ? [vscode.l10n.t('pinned')] : [];
}

/** The last drill of any of them. */
export function newestDrill(backups: readonly Backup[]): Drill | undefined {
  const drills = backups.map(({ drill }) => drill).filter((drill) => drill !== undefined);
  return drills.sort((a, b) => b.date.localeCompare(a.date))[0];
}

export function drillWords(drill: Drill | undefined, now: Date): string[] {
  if (!drill) return [];
  const ago = format.ago(new Date(drill.date), now);
  return [
    drill.ok
      ? vscode.l10n.t('proved restorable {0}', ago)
      : vscode.l10n.t('could not be restored in a drill {0}', ago),
  ];
}

/** Names and values for the tooltip: what was noted, and where the project stood then. */
export function noteRows({ label, note, pinned, drill, copies, git }: Backup): [string, string][] {
  const rows: [string, string | undefined][] = [
    [vscode.l10n.t('Label'), label],
    [vscode.l10n.t('Note'), note],
    [vscode.l10n.t('Pinned'), pinned ? vscode.l10n.t('never pruned') : undefined],
    [
      drill?.ok === false ? vscode.l10n.t('Failed drill') : vscode.l10n.t('Proved restorable'),
      momentOf(drill),
    ],
    [vscode.l10n.t('Copied to'), copies && format.list(copies)],
    [vscode.l10n.t('Git branch'), git?.branch],
    [vscode.l10n.t('Git commit'), git?.commit?.slice(0, 12)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

function momentOf(drill: Drill | undefined): string | undefined {
  return drill && format.fullMoment(new Date(drill.date));
}
