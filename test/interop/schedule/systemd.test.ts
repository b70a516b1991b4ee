import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readSchedule } from '../../../src/core/schedule/expression.ts';
import { onCalendar } from '../../../src/core/schedule/systemdTimer.ts';
import { hasProgram } from '../../support/programs.ts';

const from = new Date('2026-10-20T12:00:00Z');

describe.skipIf(!hasProgram('systemd-analyze'))('systemd', () => {
  /** When systemd itself says that a calendar expression comes next. */
  function nextOf(calendar: string, count: number): string[] {
    const args = ['calendar', `--base-time=${from.toISOString().slice(0, 19).replace('T', ' ')} UTC`];
    const text = execFileSync('systemd-analyze', [...args, `--iterations=${count}`, calendar], {
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    }).toString();
    const dates = text.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+) (\S+) UTC/g);
    return [...dates].map(([, day, time]) => `${day}T${time}.000Z`);
  }

  test.each([
    '0 0 * * *',
    '*/20 8-10 * * MON-FRI',
    '0 0 1 * 1',
    '15 3 1,15 JAN,JUL *',
    '0 0 29 2 *',
    '30 12 * * SAT-SUN',
    '0 4 * * 7',
  ])('%s means the same moments to it', (expression) => {
    const schedule = readSchedule(expression, 'Europe/Berlin');
    const expected: string[] = [];
    for (let at = from; expected.length < 6; ) {
      at = schedule.next(at);
      expected.push(at.toISOString());
    }
    const moments = onCalendar({ schedule }).flatMap((calendar) => nextOf(calendar, 12));
    expect([...new Set(moments)].sort().slice(0, 6)).toEqual(expected);
  });
});
