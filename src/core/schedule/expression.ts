import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import 'cronstrue/locales/de.js';
import { asError, BackupError } from '../errors.ts';

/** When backups are made: a cron expression of five fields, in one time zone. */
export interface Schedule {
  /** The five fields, names in upper case, single blanks: safe to stand in a crontab. */
  readonly expression: string;
  /** IANA name. */
  readonly timeZone: string;
  /** The first run after `after`; there always is one. */
  next(after: Date): Date;
  /** The last run at or before `at`, or undefined where there was none since 1970. */
  previous(at: Date): Date | undefined;
  /** In words: `At 00:00, every day`. @param language a language tag; what is not German is English */
  words(language?: string): string;
}

/** What has not run although its time came. */
export interface MissedRuns {
  /** How many, counted up to 1000. */
  count: number;
  /** The last of them: the one run that makes up for all. */
  latest: Date | undefined;
}

const nicknames: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const mostCounted = 1000;
const dayMs = 86_400_000;

/**
 * Reads a cron expression as crontab(5) has it: five fields of numbers, names, lists, ranges and steps, or a nickname such
 * as `@daily`. A run in the hour that daylight saving leaves out comes right after it; one in the hour that repeats comes once,
 * unless it runs every hour.
 * @throws BackupError usage for what no crontab would take, for what never fires, and for an unknown time zone
 */
export function readSchedule(text: string, timeZone: string): Schedule {
  const expression = fieldsOf(text).join(' ');
  const cron = compile(text, expression, timeZone);
  if (!cron.nextRun(new Date(0))) {
    throw refuse(text, 'never fires: no month has that day', 'Choose a day that its months have.');
  }
  return {
    expression,
    timeZone,
    next: (after) => cron.nextRun(after) as Date,
    previous: (at) => previousOf(cron, at),
    words: (language = 'en') => {
      const locale = /^de\b/i.test(language) ? 'de' : 'en';
      return cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: true, locale });
    },
  };
}

/** The zone that this system's own timers run in. */
export function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * The runs after `lastRun` whose time has come. A clock that went back by up to a day is waited out, so that no run comes
 * twice; where `lastRun` lies further ahead the clock was wrong then, and one run starts the count anew.
 * @param lastRun the scheduled time of the last run, as {@link Schedule.previous} or `latest` gave it
 */
export function missedRuns(schedule: Schedule, lastRun: Date, now: Date): MissedRuns {
  const latest = schedule.previous(now);
  if (latest && lastRun.getTime() - now.getTime() > dayMs) return { count: 1, latest };
  if (!latest || latest <= lastRun) return { count: 0, latest: undefined };
  let count = 0;
  for (let run = schedule.next(lastRun); run <= now && count < mostCounted; run = schedule.next(run)) count++;
  return { count, latest };
}

/** croner counts a run of the same second as before it; a run at this very second is this second's. */
function previousOf(cron: Cron, at: Date): Date | undefined {
  const second = new Date(Math.floor(at.getTime() / 1000) * 1000 + 1000);
  const [run] = cron.previousRuns(1, second);
  return run && run.getTime() >= 0 ? run : undefined;
}

function fieldsOf(text: string): string[] {
  const trimmed = text.trim();
  const fields = (nicknames[trimmed.toLowerCase()] ?? trimmed).toUpperCase().split(/[ \t]+/);
  if (/^@/.test(trimmed) && fields.length === 1) {
    throw refuse(
      text,
      'is no time that comes again',
      `Use one of ${Object.keys(nicknames).join(', ')}, or five fields.`,
    );
  }
  if (fields.length !== 5) {
    throw refuse(
      text,
      `has ${trimmed === '' ? 0 : fields.length} fields`,
      'Write minute, hour, day of the month, month and day of the week, such as 0 0 * * *.',
    );
  }
  return fields.map((field, index) => fieldOf(text, field, index));
}

const monthNames = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const dayNames = 'SUN|MON|TUE|WED|THU|FRI|SAT';

/** Croner knows more than crontab does (`L`, `#`, `?`); a schedule has to mean the same in both. */
function fieldOf(text: string, field: string, index: number): string {
  const names = index === 3 ? `|${monthNames}` : index === 4 ? `|${dayNames}` : '';
  const value = `(?:\\d{1,2}${names})`;
  const item = `(?:\\*|${value}-${value})(?:/\\d{1,2})?|${value}`;
  if (new RegExp(`^(?:${item})(?:,(?:${item}))*$`).test(field)) return field.replace(/^\*\/0*1$/, '*');
  throw refuse(text, `has ${JSON.stringify(field)}, which crontab does not know`, 'See crontab(5).');
}

function compile(text: string, expression: string, timeZone: string): Cron {
  const [, , day = '', , weekday = ''] = expression.split(' ');
  if (day !== '*' && weekday !== '*' && (day.startsWith('*') || weekday.startsWith('*'))) {
    throw refuse(
      text,
      'joins a step of days with days of the week, which systems read differently',
      'Name the days of the month one by one, as in 1,3,5.',
    );
  }
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
  } catch (error) {
    throw new BackupError(
      'usage',
      `There is no time zone ${JSON.stringify(timeZone)}.`,
      'Use a name such as Europe/Berlin.',
      { cause: error },
    );
  }
  try {
    return new Cron(expression, { timezone: timeZone, mode: '5-part' });
  } catch (error) {
    const why = asError(error).message.replace(/^\w+: /, '');
    throw refuse(text, `is not valid (${why.replace(/\.$/, '')})`, 'See crontab(5).');
  }
}

function refuse(text: string, why: string, hint: string): BackupError {
  return new BackupError('usage', `The schedule ${JSON.stringify(text)} ${why}.`, hint);
}
