import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { CatalogueEntry } from '../../../src/core/backups/catalogue.ts';
import { copiesOf, copyProblems } from '../../../src/core/backups/copyHealth.ts';
import { missedBackups, newestOf, type Plan, readPlan } from '../../../src/core/backups/due.ts';
import type { ScheduledRun, ScheduledRuns } from '../../../src/core/backups/scheduledRuns.ts';
import { scheduleProblems } from '../../../src/core/backups/scheduleHealth.ts';
import { processIdentity } from '../../../src/core/files/process.ts';
import type { Project, ProjectSettings } from '../../../src/core/project/project.ts';
import { readSchedule } from '../../../src/core/schedule/expression.ts';
import type { Backup, ScheduledBackup } from '../../../src/core/service.ts';
import { scratchFolder } from '../../support/scratch.ts';

const now = new Date('2026-11-20T12:00:00Z');

function projectWith(aliases: string[], settings: ProjectSettings = {}): Project {
  return { root: '/p', databases: aliases.map((alias) => ({ alias, path: alias })), settings } as Project;
}

function planOf(what: ScheduledBackup['what'], since?: string, cron = '0 3 * * *'): Plan {
  return {
    entries: [{ cron, what, schedule: readSchedule(cron, 'UTC') }],
    problems: [],
    since: since === undefined ? undefined : new Date(since),
    frozen: undefined,
  };
}

const backup = (date: string, more: Partial<Backup> = {}): Backup =>
  ({
    kind: 'database',
    database: 'default',
    path: `/b/${date}`,
    file: date,
    date,
    bytes: 1,
    ...more,
  }) as Backup;
const run = (more: Partial<ScheduledRun> = {}): ScheduledRun => ({
  date: '2026-11-20T03:00:00.000Z',
  pid: process.pid,
  host: hostname(),
  identity: processIdentity(process.pid),
  ...more,
});

describe('what was missed', () => {
  const missed = (
    plan: Plan,
    backups: Backup[],
    runs: ScheduledRuns = {},
    project = projectWith(['default']),
  ) => missedBackups(plan, project, backups, runs, now).map(({ count, due }) => [count, due.toISOString()]);
  const today = '2026-11-20T03:00:00.000Z';

  it('counts from the installation of the timer, or from the last backup, whichever is later', () => {
    expect(missed(planOf('database', '2026-11-18T00:00:00Z'), [])).toEqual([[3, today]]);
    expect(missed(planOf('database'), [])).toEqual([[1, today]]);
    expect(missed(planOf('database'), [backup('2026-11-18T04:00:00Z')])).toEqual([[2, today]]);
    expect(missed(planOf('database', '2026-11-20T00:00:00Z'), [backup('2026-11-18T04:00:00Z')])).toEqual([
      [1, today],
    ]);
    expect(missed(planOf('database'), [backup('2026-11-20T03:00:01Z')])).toEqual([]);
  });

  it('is nothing where a run says that it was made, though the name has the day alone', () => {
    const made = [backup('2026-11-20T00:00:00Z')];
    expect(missed(planOf('database'), made, { database: run({ ok: true }) })).toEqual([]);
    expect(missed(planOf('database'), made, { database: run({ ok: false }) })).toEqual([[1, today]]);
  });

  it('counts a backup of several databases once all of them have one', () => {
    const two = projectWith(['default', 'logs']);
    const both = [backup('2026-11-20T04:00:00Z'), backup('2026-11-20T05:00:00Z', { database: 'logs' })];
    expect(newestOf('database', two, both.slice(1), now)).toBeUndefined();
    expect(newestOf('database', two, both, now)).toEqual(new Date('2026-11-20T04:00:00Z'));
    expect(newestOf('all', two, both, now)).toBeUndefined();
    const media = backup('2026-11-20T06:00:00Z', { kind: 'media', database: undefined });
    expect(newestOf('all', two, [...both, media], now)).toEqual(new Date('2026-11-20T04:00:00Z'));
    expect(newestOf('media', two, [...both, media], now)).toEqual(new Date('2026-11-20T06:00:00Z'));
    // A name that does not say which database it is of counts for each.
    expect(newestOf('database', two, [backup(today, { database: undefined })], now)).toEqual(new Date(today));
    expect(newestOf('database', two, [backup('2026-12-24T00:00:00Z')], now)).toBeUndefined();
  });

  it('is told of what can be run, and what cannot is told as that', async () => {
    const home = await scratchFolder();
    const schedule = [
      { cron: '61 3 * * *', what: 'database' as const },
      { cron: '0 3 * * *', what: 'media' as const },
    ];
    const plan = await readPlan(projectWith(['default'], { schedule }), home);
    expect(plan.entries.map(({ what }) => what)).toEqual(['media']);
    expect(plan.problems).toMatchObject([
      { code: 'schedule-invalid', message: expect.stringContaining('61 3 * * *') },
    ]);
    expect(await readPlan(projectWith([]), home)).toMatchObject({ entries: [], frozen: undefined });
  });
});

describe('the health of a schedule', () => {
  const told = (plan: Plan, backups: Backup[], runs: ScheduledRuns = {}) =>
    scheduleProblems(plan, projectWith(['default']), backups, runs, now);
  const since = '2026-11-18T00:00:00Z';

  it('names how many were missed, and each time', () => {
    const { problems, missed } = told(planOf('database', since), []);
    expect(problems).toMatchObject([
      {
        code: 'backup-overdue',
        message: '3 scheduled backups of the database were missed: there is none yet.',
        date: null,
      },
    ]);
    expect(missed.map(({ date }) => date.slice(0, 10))).toEqual(['2026-11-20', '2026-11-19', '2026-11-18']);
    const one = told(planOf('database'), [backup('2026-11-19T04:00:00Z')]);
    expect(one.problems).toMatchObject([
      {
        message: 'A scheduled backup of the database was missed: the newest is of 2026-11-19T04:00:00.000Z.',
        date: '2026-11-19T04:00:00.000Z',
      },
    ]);
  });

  it('says nothing of a run that is at work', () => {
    expect(told(planOf('database', since), [], { database: run() })).toEqual({ problems: [], missed: [] });
  });

  it('tells a failure by its reason, and then not that it is missed as well', () => {
    const codes = (runs: ScheduledRuns, backups: Backup[] = []) =>
      told(planOf('database', since), backups, runs).problems.map(({ code, message }) => [code, message]);
    expect(codes({ database: run({ ok: false, message: 'The disk is full.' }) })).toEqual([
      [
        'schedule-failed',
        'The scheduled backup of the database at 2026-11-20T03:00:00.000Z failed: The disk is full.',
      ],
    ]);
    expect(codes({ database: run({ ok: false }) })[0]?.[1]).toMatch(/failed: see its log\.$/);
    expect(codes({ database: run({ pid: 999_999_999 }) })[0]?.[0]).toBe('schedule-interrupted');
    const early = run({ ok: false, date: '2026-11-19T03:00:00.000Z' });
    expect(codes({ database: early }).map(([code]) => code)).toEqual(['schedule-failed', 'backup-overdue']);
    expect(codes({ database: run({ ok: false }) }, [backup('2026-11-20T04:00:00Z')])).toEqual([]);
    expect(codes({ database: run({ ok: true }) }, [backup('2026-11-20T04:00:00Z')])).toEqual([]);
  });
});

describe('copies elsewhere', () => {
  const remotes = [{ name: 'nas', type: 'folder' }] as unknown as ProjectSettings['remotes'];
  const older = backup('2026-11-19T04:00:00Z');
  const newer = backup('2026-11-20T04:00:00Z');
  const copied = new Map([[newer.path, { copies: { nas: 'today' } } as unknown as CatalogueEntry]]);
  const none = new Map<string, CatalogueEntry>();

  it('are counted for each remote', () => {
    const project = projectWith(['default'], { remotes });
    expect(copiesOf(project, [newer, older], copied)).toEqual([
      { remote: 'nas', backups: 1, newest: newer.date },
    ]);
    expect(copiesOf(project, [newer], none)).toEqual([{ remote: 'nas', backups: 0, newest: null }]);
    expect(copiesOf(projectWith([]), [newer], none)).toEqual([]);
  });

  it.each<[string, ProjectSettings, Map<string, CatalogueEntry>, boolean, string[]]>([
    ['no remote, and no schedule either', {}, none, false, []],
    ['no remote, with a schedule', {}, none, true, ['All backups lie on this machine alone.']],
    ['a remote that has it', { remotes }, copied, true, []],
    [
      'a remote that does not',
      { remotes },
      none,
      true,
      [`The newest backup, ${newer.file}, is not copied anywhere.`],
    ],
    [
      'a remote that should have it',
      { remotes, copyTo: ['nas', 'usb'] },
      copied,
      true,
      [`The newest backup, ${newer.file}, is not copied to usb.`],
    ],
  ])('are missed with %s', (_what, settings, entries, scheduled, messages) => {
    const found = copyProblems(projectWith(['default'], settings), [newer, older], entries, scheduled);
    expect(found.map(({ message }) => message)).toEqual(messages);
  });

  it('are not missed where there is no backup', () => {
    expect(copyProblems(projectWith(['default'], { remotes }), [], none, true)).toEqual([]);
  });
});
