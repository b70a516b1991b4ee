import { describe, expect, test } from 'vitest';
import { missedRuns, readSchedule, systemTimeZone } from '../../../src/core/schedule/expression.ts';

const berlin = 'Europe/Berlin';

/** Every run between two moments, as the fake clock of a year comes to them. */
function runsOf(expression: string, timeZone: string, from: string, to: string): string[] {
  const schedule = readSchedule(expression, timeZone);
  const runs: string[] = [];
  const end = new Date(to);
  for (let run = schedule.next(new Date(from)); run < end; run = schedule.next(run))
    runs.push(run.toISOString());
  return runs;
}

test.each([
  ['0 0 * * *', 'At 00:00, every day'],
  ['@weekly', 'At 00:00, only on Sunday'],
  ['*/15 9-17 * * MON-FRI', 'Every 15 minutes, between 09:00 and 17:59, Monday through Friday'],
  ['0 0 1 * 1', 'At 00:00, on day 1 of the month, and on Monday'],
])('%s in words', (expression, words) => {
  expect(readSchedule(expression, 'UTC').words()).toBe(words);
});

test('is put into words, in German too', () => {
  const schedule = readSchedule('0 0 * * *', 'UTC');
  expect([schedule.words(), schedule.words('de'), schedule.words('fr')]).toEqual([
    'At 00:00, every day',
    'Um 00:00, jeden Tag',
    'At 00:00, every day',
  ]);
});

test('is written as a crontab takes it', () => {
  expect(readSchedule(' 0\t0 * *   mon ', 'UTC').expression).toBe('0 0 * * MON');
  expect(readSchedule('@daily', 'UTC').expression).toBe('0 0 * * *');
});

describe('refuses', () => {
  test.each([
    ['0 0 30 2 *', /never fires/],
    ['0 0 31 4,6,9,11 *', /never fires/],
    ['@reboot', /no time that comes again/],
    ['60 0 * * *', /minute: 60/],
    ['', /has 0 fields/],
    ['0 0 * *', /has 4 fields/],
    ['0 0 0 * * *', /has 6 fields/],
    ['0 0 L * *', /"L", which crontab does not know/],
    ['0 0 ? * *', /which crontab does not know/],
    ['0 0 * * 1#2', /which crontab does not know/],
    ['0 0 0 * *', /not valid/],
    ['*/0 * * * *', /not valid/],
    ['0 22-3 * * *', /not valid/],
    ['0 0 */2 * 1', /systems read differently/],
    ['0 0 * * *\n* * * * * rm', /has \d+ fields|does not know/],
    ['0 0 * * *%', /does not know/],
  ])('%j', (expression, message) => {
    expect(() => readSchedule(expression, 'UTC')).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });

  test('a time zone that is none', () => {
    expect(() => readSchedule('0 0 * * *', 'Mars/Olympus')).toThrow(/no time zone "Mars\/Olympus"/);
  });
});

describe('a year', () => {
  test.each([
    ['UTC', 365],
    [berlin, 365],
    ['America/New_York', 365],
    ['Australia/Lord_Howe', 365],
  ])('of midnights in %s has one a day', (zone, days) => {
    // The year starts and ends at the zone's own midnight, which noon before is safely ahead of.
    const runs = runsOf('0 0 * * *', zone, '2025-12-31T16:00:00Z', '2026-12-31T16:00:00Z');
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
    expect(runs).toHaveLength(days);
    expect(new Set(runs.map((run) => day.format(new Date(run)))).size).toBe(days);
  });

  test('the hour that daylight saving leaves out: the run comes right after it', () => {
    expect(runsOf('30 2 * * *', berlin, '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('the hour that daylight saving repeats: the run comes once', () => {
    expect(runsOf('30 2 * * *', berlin, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('what runs every hour runs in both', () => {
    expect(runsOf('0 * * * *', berlin, '2026-10-24T22:00:00Z', '2026-10-25T22:00:00Z')).toHaveLength(23);
    expect(runsOf('0 * * * *', berlin, '2026-10-24T21:59:59Z', '2026-10-25T23:00:00Z')).toHaveLength(25);
    expect(runsOf('0 * * * *', berlin, '2026-03-28T22:59:59Z', '2026-03-29T22:00:00Z')).toHaveLength(23);
  });

  test('a leap day comes every four years', () => {
    expect(runsOf('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2034-01-01T00:00:00Z')).toEqual([
      '2028-02-29T00:00:00.000Z',
      '2032-02-29T00:00:00.000Z',
    ]);
  });

  test('a day of the month or a day of the week: either will do', () => {
    const runs = runsOf('0 0 1 * 1', 'UTC', '2026-01-31T12:00:00Z', '2026-02-10T00:00:00Z');
    expect(runs.map((run) => run.slice(0, 10))).toEqual(['2026-02-01', '2026-02-02', '2026-02-09']);
  });
});

test('the run before is the one at this very second, or the last', () => {
  const daily = readSchedule('0 0 * * *', 'UTC');
  expect(daily.previous(new Date('2026-01-02T00:00:00.000Z'))?.toISOString()).toBe(
    '2026-01-02T00:00:00.000Z',
  );
  expect(daily.previous(new Date('2026-01-01T23:59:59.999Z'))?.toISOString()).toBe(
    '2026-01-01T00:00:00.000Z',
  );
  expect(readSchedule('0 0 29 2 *', 'UTC').previous(new Date('1971-01-01T00:00:00Z'))).toBeUndefined();
});

describe('missed runs', () => {
  const daily = readSchedule('0 0 * * *', 'UTC');
  const missed = (last: string, now: string) => missedRuns(daily, new Date(last), new Date(now));

  test('after sleep one run makes up for all', () => {
    expect(missed('2026-01-02T00:00:00Z', '2026-01-05T10:00:00Z')).toEqual({
      count: 3,
      latest: new Date('2026-01-05T00:00:00Z'),
    });
  });

  test('nothing between two runs', () => {
    expect(missed('2026-01-02T00:00:00Z', '2026-01-02T23:59:59Z')).toEqual({ count: 0, latest: undefined });
  });

  test('a clock set back by an hour does not run it again', () => {
    expect(missed('2026-01-02T00:00:00Z', '2026-01-01T23:30:00Z').latest).toBeUndefined();
    expect(missed('2026-01-02T00:00:00Z', '2026-01-02T00:30:00Z').latest).toBeUndefined();
  });

  test('a clock that was years ahead does not stop runs for years', () => {
    expect(missed('2040-01-01T00:00:00Z', '2026-01-01T10:00:00Z')).toEqual({
      count: 1,
      latest: new Date('2026-01-01T00:00:00Z'),
    });
  });

  test('counting ends at a thousand', () => {
    const minutely = readSchedule('* * * * *', 'UTC');
    const { count, latest } = missedRuns(
      minutely,
      new Date('2026-01-01T00:00:00Z'),
      new Date('2026-06-01T00:00:00Z'),
    );
    expect(count).toBe(1000);
    expect(latest?.toISOString()).toBe('2026-06-01T00:00:00.000Z');
  });

  test.each(['UTC', berlin, 'America/New_York', 'Australia/Lord_Howe'])(
    'a year of wake-ups at odd times in %s runs every night once',
    (zone) => {
      const nightly = readSchedule('30 2 * * *', zone);
      const end = Date.parse('2027-01-01T00:00:00Z');
      let last = new Date('2026-01-01T12:00:00Z');
      const done: string[] = [];
      // Awake every 7 h 13 min, and asleep for three days in each tenth step.
      for (
        let step = 1, now = last.getTime();
        now < end;
        step++, now += step % 10 === 0 ? 3 * 86_400_000 : 25_980_000
      ) {
        const { latest } = missedRuns(nightly, last, new Date(now));
        if (!latest) continue;
        done.push(latest.toISOString());
        last = latest;
      }
      expect(new Set(done).size).toBe(done.length);
      expect(done).toEqual([...done].sort());
      expect(done.length).toBeGreaterThan(150);
    },
  );
});

test('the system has a time zone', () => {
  expect(() => readSchedule('0 0 * * *', systemTimeZone())).not.toThrow();
});
