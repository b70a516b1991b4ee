import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  planRetention,
  type RetainedBackup,
  type RetentionPolicy,
} from '../../../src/core/backups/retention.ts';

const now = new Date('2026-11-22T12:00:00Z');
const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Kiritimati', 'America/St_Johns');

/** Backups of two years, several a day at times, in three series. */
const backups: fc.Arbitrary<RetainedBackup[]> = fc
  .array(
    fc.record(
      {
        hoursAgo: fc.oneof(fc.nat(200), fc.nat(17_520)),
        bytes: fc.nat(5_000_000),
        series: fc.nat(2),
        pinned: fc.boolean(),
        good: fc.boolean(),
      },
      { requiredKeys: ['hoursAgo', 'bytes', 'series'] },
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((all) =>
    all.map(({ hoursAgo, bytes, series, pinned, good }, index) => ({
      file: `backup-${index}`,
      date: new Date(now.getTime() - hoursAgo * 3_600_000).toISOString(),
      bytes,
      kind: series === 0 ? 'media' : 'database',
      database: series === 0 ? undefined : `database${series}`,
      ...(pinned === undefined ? {} : { pinned }),
      ...(good === undefined ? {} : { good }),
    })),
  );

const count = fc.nat(12);
const counts: fc.Arbitrary<RetentionPolicy> = fc.record(
  { keepLast: count, keepLastMedia: count, daily: count, weekly: count, monthly: count, yearly: count },
  { requiredKeys: [] },
);
const cap = fc.nat(200).map((mega) => `${mega} MB`);
const policy = fc
  .tuple(counts, fc.option(cap, { nil: undefined }))
  .map(([some, maxTotal]) => (maxTotal === undefined ? some : { ...some, maxTotal }));

const filesOf = (entries: { file: string }[]) => entries.map(({ file }) => file);

function groups(all: RetainedBackup[], keyOf: (one: RetainedBackup) => unknown): RetainedBackup[][] {
  const found = new Map<unknown, RetainedBackup[]>();
  for (const one of all) found.set(keyOf(one), [...(found.get(keyOf(one)) ?? []), one]);
  return [...found.values()];
}

function bySeries(all: RetainedBackup[]): RetainedBackup[][] {
  return groups(all, ({ database }) => database);
}

test('every backup is either kept or removed, with a reason', () => {
  fc.assert(
    fc.property(backups, policy, timeZone, (all, some, zone) => {
      const plan = planRetention(all, some, now, zone);
      expect([...filesOf(plan.kept), ...filesOf(plan.removed)].sort()).toEqual(filesOf(all).sort());
      for (const { why } of plan.kept) expect(why.length).toBeGreaterThan(0);
    }),
  );
});

test('neither pinned ones nor the newest nor the newest proved one are removed', () => {
  fc.assert(
    fc.property(backups, policy, timeZone, (all, some, zone) => {
      const removed = new Set(filesOf(planRetention(all, some, now, zone).removed));
      for (const one of all.filter(({ pinned }) => pinned)) expect(removed).not.toContain(one.file);
      for (const series of bySeries(all)) {
        for (const which of [series, series.filter(({ good }) => good)]) {
          const newest = Math.max(...which.map(({ date }) => Date.parse(date)));
          const best = which.filter(({ date }) => Date.parse(date) === newest);
          if (best.length > 0) expect(best.some(({ file }) => !removed.has(file))).toBe(true);
        }
      }
    }),
  );
});

test('without a word on months, every month keeps one', () => {
  fc.assert(
    fc.property(backups, policy, (all, { monthly: _, ...some }) => {
      const kept = new Set(filesOf(planRetention(all, some, now).kept));
      for (const series of bySeries(all)) {
        for (const month of groups(series, ({ date }) => date.slice(0, 7)))
          expect(month.some(({ file }) => kept.has(file))).toBe(true);
      }
    }),
  );
});

test('larger counts never remove more', () => {
  fc.assert(
    fc.property(backups, counts, counts, timeZone, (all, smaller, extra, zone) => {
      const larger: RetentionPolicy = {};
      for (const key of Object.keys(smaller) as (keyof typeof counts & keyof RetentionPolicy)[])
        Object.assign(larger, { [key]: Number(smaller[key]) + Number(extra[key] ?? 0) });
      const removed = new Set(filesOf(planRetention(all, smaller, now, zone).removed));
      for (const file of filesOf(planRetention(all, larger, now, zone).removed))
        expect(removed).toContain(file);
    }),
  );
});

test('a larger cap never removes more', () => {
  fc.assert(
    fc.property(backups, counts, fc.nat(100), fc.nat(100), (all, some, cap, extra) => {
      const plan = (mega: number) =>
        filesOf(planRetention(all, { ...some, maxTotal: `${mega} MB` }, now).removed);
      const removed = new Set(plan(cap));
      for (const file of plan(cap + extra)) expect(removed).toContain(file);
    }),
  );
});

test('what is left fits under the cap, or the plan says by how much it does not', () => {
  fc.assert(
    fc.property(backups, counts, fc.nat(100), (all, some, mega) => {
      const plan = planRetention(all, { ...some, maxTotal: `${mega} MB` }, now);
      const kept = new Set(filesOf(plan.kept));
      const total = all.filter(({ file }) => kept.has(file)).reduce((sum, { bytes }) => sum + bytes, 0);
      expect(plan.overCap).toBe(Math.max(0, total - mega * 1_000_000));
    }),
  );
});

test('a second run right after removes nothing more', () => {
  fc.assert(
    fc.property(backups, policy, timeZone, (all, some, zone) => {
      const kept = new Set(filesOf(planRetention(all, some, now, zone).kept));
      const left = all.filter(({ file }) => kept.has(file));
      expect(planRetention(left, some, now, zone).removed).toEqual([]);
    }),
  );
});
