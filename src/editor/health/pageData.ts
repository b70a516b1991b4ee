import * as vscode from 'vscode';
import type { Backup, HealthAnswer } from '../../core/service.ts';
import { type Group, groupBackups } from '../views/groups.ts';
import { groupName } from '../views/items.ts';
import { backupCount, dot, format } from '../words.ts';
import { gravityOf } from './gravity.ts';
import type { SessionHealth } from './healthWatch.ts';
import { problemWords } from './problemWords.ts';
import type { Chart, HealthPageData } from './protocol.ts';

const dayMs = 86_400_000;
const mostDays = 90;
const fewestDays = 7;

interface Span {
  from: number;
  to: number;
}

/** All that the page *Health* shows of a folder. `fixes` has the buttons of each problem. */
export function pageData(health: SessionHealth, fixes: string[][], now: Date): HealthPageData {
  const { session, project, backups, answer } = health;
  const span = spanOf(backups, now);
  const inside = backups.filter(({ date }) => isIn(span, date));
  const groups = groupBackups(
    inside,
    project.databases.map(({ alias }) => alias),
  ).filter((group) => group.backups.length > 0);
  const count = answer.problems.length;
  return {
    heading: vscode.l10n.t('Health of the backups of {0}', session.folder.name),
    summary:
      count === 0
        ? vscode.l10n.t('Nothing is wrong.')
        : vscode.l10n.t('What needs attention: {0}', format.number(count)),
    problems: answer.problems.map((problem, index) => ({
      gravity: gravityOf(problem),
      kind: gravityWords(gravityOf(problem)),
      text: problemWords(problem, now),
      fixes: fixes[index] ?? [],
    })),
    facts: facts(health, now),
    charts: groups.map((group) => chart(group, answer, span, now)),
    axis: [format.day(new Date(span.from)), format.day(now)],
    words: {
      backups: vscode.l10n.t('When backups were made, and how large they are'),
      size: vscode.l10n.t('Size'),
      when: vscode.l10n.t('Made'),
      asTable: vscode.l10n.t('As a table'),
      problems: vscode.l10n.t('What needs attention'),
    },
  };
}

function gravityWords(gravity: ReturnType<typeof gravityOf>): string {
  if (gravity === 'grave') return vscode.l10n.t('Problem');
  return gravity === 'warning' ? vscode.l10n.t('Warning') : vscode.l10n.t('Note');
}

function facts({ answer, backups, project }: SessionHealth, now: Date): HealthPageData['facts'] {
  const { lastBackup, lastDrill, nextRun, schedule, timerInstalled, copies, freeBytes } = answer;
  const never = vscode.l10n.t('never');
  const moment = (date: string) =>
    [format.ago(new Date(date), now), format.moment(new Date(date), now)].join(dot);
  const total = backups.reduce((sum, { bytes }) => sum + bytes, 0);
  const open = project.settings.runSchedule ?? true;
  const runs = [
    ...(timerInstalled ? [vscode.l10n.t("by the system's timer")] : []),
    ...(open ? [vscode.l10n.t('while the editor is open')] : []),
    ...(timerInstalled || open ? [] : [vscode.l10n.t('nothing runs it')]),
  ];
  const copyWords = copies.map(({ remote, backups: there, newest }) =>
    newest
      ? vscode.l10n.t(
          '{0}: {1}, the newest made {2}',
          remote,
          backupCount(there),
          format.ago(new Date(newest), now),
        )
      : vscode.l10n.t('{0}: none', remote),
  );
  return [
    { name: vscode.l10n.t('Last backup'), values: [lastBackup ? moment(lastBackup) : never] },
    { name: vscode.l10n.t('Last proved restorable'), values: [lastDrill ? moment(lastDrill) : never] },
    {
      name: vscode.l10n.t('Next backup'),
      values: nextRun
        ? [moment(nextRun), ...schedule.map(({ words }) => [words, ...runs].join(dot))]
        : [vscode.l10n.t('nothing is scheduled')],
    },
    {
      name: vscode.l10n.t('Copies elsewhere'),
      values: copyWords.length > 0 ? copyWords : [vscode.l10n.t('no remote is set up')],
    },
    {
      name: vscode.l10n.t('Backups here'),
      values: [[backupCount(backups.length), format.bytes(total)].join(dot)],
    },
    ...(freeBytes === null ? [] : [{ name: vscode.l10n.t('Free space'), values: [format.bytes(freeBytes)] }]),
  ];
}

function spanOf(backups: readonly Backup[], now: Date): Span {
  const to = now.getTime();
  const earliest = Math.min(to, ...backups.map(({ date }) => Date.parse(date)));
  const days = Math.min(mostDays, Math.max(fewestDays, Math.ceil((to - earliest) / dayMs) + 1));
  return { from: to - days * dayMs, to };
}

function isIn({ from, to }: Span, date: string): boolean {
  return Date.parse(date) >= from && Date.parse(date) <= to + dayMs;
}

function chart(group: Group, answer: HealthAnswer, span: Span, now: Date): Chart {
  const { kind, backups } = group;
  const name = groupName(group);
  const largest = Math.max(...backups.map(({ bytes }) => bytes), 1);
  const at = (date: string) => Math.min(1, (Date.parse(date) - span.from) / (span.to - span.from));
  return {
    name,
    summary: vscode.l10n.t(
      '{0}: {1}, the largest {2}',
      name,
      backupCount(backups.length),
      format.bytes(largest),
    ),
    largest: vscode.l10n.t('up to {0}', format.bytes(largest)),
    bars: backups.map(({ date, bytes }) => ({
      at: at(date),
      height: bytes / largest,
      when: format.moment(new Date(date), now),
      size: format.bytes(bytes),
    })),
    missed: answer.missed
      .filter(({ what, date }) => (what === 'all' || what === kind) && isIn(span, date))
      .map(({ date }) => ({
        at: at(date),
        label: vscode.l10n.t('Missed: {0}', format.moment(new Date(date), now)),
      })),
  };
}
