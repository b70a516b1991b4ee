import { describe, expect, test } from 'vitest';
import {
  planRetention,
  type RetainedBackup,
  type RetentionPolicy,
} from '../../../src/core/backups/retention.ts';

const now = new Date('2026-11-22T12:00:00Z');
const mega = 1_000_000;

function backup(date: string, more: Partial<RetainedBackup> = {}): RetainedBackup {
  return { file: `default-${date}.dump`, date, bytes: mega, kind: 'database', database: 'default', ...more };
}

/** One a day at midnight UTC, newest first, the newest on 2026-11-22. */
function daily(days: number): RetainedBackup[] {
  return Array.from({ length: days }, (_, index) =>
    backup(new Date(Date.UTC(2026, 10, 22 - index)).toISOString()),
  );
}

function keptDays(backups: RetainedBackup[], policy: RetentionPolicy, timeZone?: string): string[] {
  return planRetention(backups, policy, now, timeZone).kept.map(({ file }) => file.slice(8, 18));
}

test('an empty policy keeps everything', () => {
  const plan = planRetention(daily(400), {}, now);
  expect(plan.removed).toEqual([]);
  expect(plan.kept).toHaveLength(400);
});

test('keeps the newest N, and one of every month that nobody spoke of', () => {
  expect(keptDays(daily(40), { keepLast: 3 })).toEqual([
    '2026-11-22',
    '2026-11-21',
    '2026-11-20',
    '2026-10-31',
  ]);
  expect(keptDays(daily(40), { keepLast: 3, monthly: 0 })).toEqual([
    '2026-11-22',
    '2026-11-21',
    '2026-11-20',
  ]);
});

test('days, weeks, months and years keep the newest of each that has one', () => {
  const backups = daily(500);
  expect(keptDays(backups, { daily: 3, weekly: 3, monthly: 4, yearly: 2 })).toEqual([
    '2026-11-22',
    '2026-11-21',
    '2026-11-20',
    '2026-11-15',
    '2026-11-08',
    '2026-10-31',
    '2026-09-30',
    '2026-08-31',
    '2025-12-31',
  ]);
  const reasons = planRetention(backups, { daily: 1, weekly: 1, monthly: 1 }, now).kept[0]?.why;
  expect(reasons).toEqual([
    'the newest',
    'the newest of 2026-11-22',
    'the newest of 2026-W47',
    'the newest of 2026-11',
  ]);
});

test('a gap does not use a period up', () => {
  const backups = [
    backup('2026-11-22T00:00:00Z'),
    backup('2026-03-01T00:00:00Z'),
    backup('2026-02-28T00:00:00Z'),
  ];
  expect(keptDays(backups, { daily: 2, monthly: 0 })).toEqual(['2026-11-22', '2026-03-01']);
});

test("a day is the project's day", () => {
  const backups = [backup('2026-11-21T23:30:00Z'), backup('2026-11-21T22:30:00Z')];
  expect(keptDays(backups, { daily: 2, monthly: 0 }, 'UTC')).toHaveLength(1);
  expect(keptDays(backups, { daily: 2, monthly: 0 }, 'Europe/Berlin')).toHaveLength(2);
});

test('the last days of December can lie in the first week of the next year', () => {
  const backups = [backup('2025-01-01T00:00:00Z'), backup('2024-12-30T00:00:00Z')];
  expect(keptDays(backups, { weekly: 5, monthly: 0 })).toEqual(['2025-01-01']);
});

test('each database and media are judged by themselves', () => {
  const backups = [
    ...daily(3),
    ...daily(3).map((one) => ({ ...one, file: `users-${one.date}`, database: 'users' })),
    ...daily(3).map((one) => ({
      ...one,
      file: `${one.date}.tar`,
      kind: 'media' as const,
      database: undefined,
    })),
  ];
  expect(planRetention(backups, { keepLast: 1 }, now).kept).toHaveLength(3);
  const plan = planRetention(backups, { keepLast: 1, keepLastMedia: 2 }, now);
  expect(plan.kept.filter(({ file }) => file.endsWith('.tar'))).toHaveLength(2);
});

test('keepLastMedia alone leaves databases alone', () => {
  expect(planRetention(daily(20), { keepLastMedia: 1 }, now).removed).toEqual([]);
});

test('pinned ones stay, whatever the policy', () => {
  const backups = daily(20).map((one, index) => ({ ...one, pinned: index === 15 }));
  const plan = planRetention(backups, { keepLast: 1, maxTotal: '1 MB' }, now);
  expect(plan.kept.map(({ why }) => why)).toContainEqual(['pinned']);
});

describe('good and bad ones', () => {
  test('the newest proved one stays, however old', () => {
    const backups = daily(20).map((one, index) => ({ ...one, good: index === 12 }));
    expect(keptDays(backups, { keepLast: 1, monthly: 0 })).toEqual(['2026-11-22', '2026-11-10']);
  });

  test('a bad newest one does not cost the one before it', () => {
    const backups = daily(5).map((one, index) => ({ ...one, ...(index < 2 ? { good: false } : {}) }));
    expect(keptDays(backups, { keepLast: 1, monthly: 0 })).toEqual(['2026-11-22', '2026-11-20']);
  });

  test('a bad one does not stand for its month where a better one is there', () => {
    const backups = daily(60).map((one) => ({ ...one, good: !one.date.startsWith('2026-10-31') }));
    expect(keptDays(backups, { monthly: 2 })).toEqual(['2026-11-22', '2026-10-30']);
  });
});

describe('the size cap', () => {
  test('takes the oldest first', () => {
    expect(keptDays(daily(10), { maxTotal: '3 MB' })).toEqual(['2026-11-22', '2026-11-21', '2026-11-20']);
    const { removed } = planRetention(daily(4), { maxTotal: '3 MB' }, now);
    expect(removed).toEqual([
      { file: 'default-2026-11-19T00:00:00.000Z.dump', why: 'all together are more than 3 MB' },
    ]);
  });

  test('never takes the newest, and says by how much that is too much', () => {
    const plan = planRetention(daily(3), { maxTotal: '1 KB' }, now);
    expect(plan.kept).toHaveLength(1);
    expect(plan.overCap).toBe(mega - 1000);
  });
});

test('a date ahead of the clock or none at all is nothing to remove by', () => {
  const backups = [backup('2031-01-01T00:00:00Z'), backup('soon'), ...daily(3)];
  const plan = planRetention(backups, { keepLast: 1, monthly: 0 }, now);
  expect(plan.kept.slice(0, 2).map(({ why }) => why[0])).toEqual([
    'dated ahead of the clock',
    'no readable date',
  ]);
  expect(plan.kept[2]?.why).toContain('the newest');
});

test.each<[RetentionPolicy, RegExp]>([
  [{ keepLast: -1 }, /retention\.keepLast is -1/],
  [{ daily: 1.5 }, /retention\.daily is 1\.5/],
  [{ weekly: Number.NaN }, /retention\.weekly/],
  [{ maxTotal: 'a lot' }, /retention\.maxTotal is "a lot"/],
  [{ maxTotal: '2 parsecs' }, /no size/],
])('refuses %j', (policy, message) => {
  expect(() => planRetention(daily(2), policy, now)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
  );
});
