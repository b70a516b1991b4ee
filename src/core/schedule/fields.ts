import { BackupError } from '../errors.ts';
import type { Schedule } from './expression.ts';

/** A cron expression's fields as the values they stand for; undefined for a `*`. */
export interface CronFields {
  minutes: number[] | undefined;
  hours: number[] | undefined;
  /** 1 to 31. */
  days: number[] | undefined;
  /** 1 to 12. */
  months: number[] | undefined;
  /** 0 is Sunday. */
  weekdays: number[] | undefined;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Expands an expression for timers that know no cron. */
export function expandFields({ expression }: Pick<Schedule, 'expression'>): CronFields {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = expression.split(' ');
  return {
    minutes: expand(minute, 0, 59, []),
    hours: expand(hour, 0, 23, []),
    days: expand(day, 1, 31, []),
    months: expand(month, 1, 12, months),
    // 7 is Sunday too.
    weekdays: expand(weekday, 0, 7, weekdays)?.map((one) => one % 7),
  };
}

/**
 * Every combination, for timers that take a list of moments.
 * @throws BackupError usage where they are more than `most`
 */
export function combine<T>(lists: T[][], most: number, timer: string): T[][] {
  const count = lists.reduce((product, list) => product * list.length, 1);
  if (count > most) {
    throw new BackupError(
      'usage',
      `${timer} takes no schedule of ${count} moments a day or year.`,
      'Choose a simpler one, such as once a day.',
    );
  }
  return lists.reduce<T[][]>((all, list) => all.flatMap((one) => list.map((value) => [...one, value])), [[]]);
}

function expand(field: string, low: number, high: number, names: string[]): number[] | undefined {
  if (field === '*') return undefined;
  const numberOf = (text: string) =>
    names.includes(text) ? names.indexOf(text) + (low === 1 ? 1 : 0) : Number(text);
  const values = field.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [first = '', last = first] =
      range === '*' ? [String(low), String(high === 7 ? 6 : high)] : range.split('-');
    const [from, to] = [numberOf(first), numberOf(last)];
    // SAT-SUN: Sunday as an end is 7.
    const end = to < from && to === 0 ? 7 : to;
    return Array.from(
      { length: Math.floor((end - from) / Number(step)) + 1 },
      (_, index) => from + index * Number(step),
    );
  });
  return [...new Set(values)].sort((a, b) => a - b);
}
