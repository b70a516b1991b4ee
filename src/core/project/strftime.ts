import { memo } from '../files/memo.ts';

/** One directive of strftime: how it is written, what it looks like in a name, and where it goes when it is read. */
interface Directive {
  write(parts: Parts): string;
  /** As django-dbbackup's own listing looks for it (dbbackup/utils.py, 3.0.4 to 5.x); `%p` it does not know. */
  pattern: string;
  read?(read: Read, text: string): void;
}

/** Wall-clock time in a zone. */
interface Parts {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

/** What was read of a name, before it is put together. */
interface Read extends Partial<Parts> {
  dayOfYear?: number;
  /** From Sunday, 0. */
  weekday?: number;
  /** The week of the year, and the weekday on which weeks begin. */
  week?: { number: number; start: 0 | 1 };
  afternoon?: boolean;
  /** True for an hour from 1 to 12. */
  halfDay?: boolean;
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const dayMs = 86_400_000;
const pad = (value: number, length: number) => String(value).padStart(length, '0');
const weekdayOf = ({ year, month, day }: Parts) => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
const dayOfYear = ({ year, month, day }: Parts) =>
  Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / dayMs) + 1;
const numeric = (key: keyof Parts, length: number): Directive => ({
  write: (parts) => pad(parts[key], length),
  pattern: `\\d{${length}}`,
  read: (read, text) => {
    read[key] = Number(text);
  },
});
const namedDay = (length?: number): Directive => ({
  write: (parts) => days[weekdayOf(parts)]!.slice(0, length),
  pattern: '[A-Z][a-z]+',
  read: (read, text) => {
    read.weekday = days.findIndex((name) => name.slice(0, length) === text);
  },
});
const namedMonth = (length?: number): Directive => ({
  write: ({ month }) => months[month - 1]!.slice(0, length),
  pattern: '[A-Z][a-z]+',
  read: (read, text) => {
    read.month = months.findIndex((name) => name.slice(0, length) === text) + 1;
  },
});
const week = (start: 0 | 1): Directive => ({
  write: (parts) => pad(Math.floor((dayOfYear(parts) + 6 - ((weekdayOf(parts) + 7 - start) % 7)) / 7), 2),
  pattern: '\\d{2}',
  read: (read, text) => {
    read.week = { number: Number(text), start };
  },
});

const directives: Record<string, Directive> = {
  '%Y': numeric('year', 4),
  '%m': numeric('month', 2),
  '%d': numeric('day', 2),
  '%H': numeric('hour', 2),
  '%M': numeric('minute', 2),
  '%S': numeric('second', 2),
  '%y': {
    write: ({ year }) => pad(year % 100, 2),
    pattern: '\\d{2}',
    // POSIX: 69 to 99 are of the last century.
    read: (read, text) => {
      read.year = Number(text) + (Number(text) < 69 ? 2000 : 1900);
    },
  },
  '%I': {
    write: ({ hour }) => pad(hour % 12 || 12, 2),
    pattern: '\\d{2}',
    read: (read, text) => {
      read.hour = Number(text);
      read.halfDay = true;
    },
  },
  '%p': {
    write: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
    pattern: '[AP]M',
    read: (read, text) => {
      read.afternoon = text === 'PM';
    },
  },
  '%f': {
    write: ({ millisecond }) => pad(millisecond * 1000, 6),
    pattern: '\\d{6}',
    read: (read, text) => {
      read.millisecond = Math.floor(Number(text) / 1000);
    },
  },
  '%j': {
    write: (parts) => pad(dayOfYear(parts), 3),
    pattern: '\\d{3}',
    read: (read, text) => {
      read.dayOfYear = Number(text);
    },
  },
  '%w': {
    write: (parts) => String(weekdayOf(parts)),
    pattern: '\\d',
    read: (read, text) => {
      read.weekday = Number(text);
    },
  },
  '%U': week(0),
  '%W': week(1),
  '%a': namedDay(3),
  '%A': namedDay(),
  '%b': namedMonth(3),
  '%B': namedMonth(),
  '%%': { write: () => '%', pattern: '%' },
};

/** Writes an instant in a zone by a strftime format; a directive that is not known stays as it is. */
export function formatDate(date: Date, format: string, timeZone: string): string {
  const parts = partsOf(date, timeZone);
  return tokens(format)
    .map(({ text, directive }) => directive?.write(parts) ?? text)
    .join('');
}

/** What a date of this format looks like anywhere in a name. It has no groups of its own. */
export function datePattern(format: string): RegExp {
  return new RegExp(
    tokens(format)
      .map(({ text, directive }) => directive?.pattern ?? escapePattern(text))
      .join(''),
  );
}

/**
 * The date that stands in a name, as an instant: the first place where the format fits. Impossible dates, and formats
 * that leave the year open, are none. A wall time that a clock change skips or repeats is taken with the offset before
 * the change, as Python does (PEP 495, fold=0).
 */
export function findDate(name: string, format: string, timeZone: string): Date | undefined {
  const { pattern, asked } = finderOf(format);
  const match = pattern.exec(name);
  if (!match) return undefined;
  const read: Read = {};
  for (const [index, directive] of asked.entries()) directive.read?.(read, match[index + 1]!);
  const parts = putTogether(read);
  return parts && instantOf(parts, timeZone);
}

const finderOf = memo((format) => {
  const pieces = tokens(format);
  const source = pieces
    .map(({ text, directive }) => (directive ? `(${directive.pattern})` : escapePattern(text)))
    .join('');
  const asked = pieces.map(({ directive }) => directive).filter((directive) => directive !== undefined);
  return { pattern: new RegExp(source), asked };
});

/** The wall time that was read, or undefined where there is no such day or time. */
function putTogether(read: Read): Parts | undefined {
  const { year, minute = 0, second = 0, millisecond = 0 } = read;
  const hour = hourOf(read);
  if (year === undefined || hour === undefined) return undefined;
  const { month = 1, day = 1 } = read.month === undefined ? dayByNumber(read, year) : read;
  const parts = { year, month, day, hour, minute, second, millisecond };
  return isPossible(parts) ? parts : undefined;
}

function hourOf({ hour = 0, halfDay, afternoon }: Read): number | undefined {
  if (!halfDay) return hour;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (afternoon ? 12 : 0);
}

/** Month and day by the day of the year, or by week and weekday. */
function dayByNumber(read: Read, year: number): { month?: number; day?: number } {
  const number = read.dayOfYear ?? dayOfWeek(read, year);
  if (number === undefined) return { day: read.day ?? 1 };
  const date = new Date(Date.UTC(year, 0, number));
  // A day that is not of this year is impossible; month 0 says so.
  if (date.getUTCFullYear() !== year) return { month: 0 };
  return { month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function dayOfWeek({ week, weekday }: Read, year: number): number | undefined {
  if (week === undefined || weekday === undefined) return undefined;
  const first = (new Date(Date.UTC(year, 0, 1)).getUTCDay() + 7 - week.start) % 7;
  return (week.number - (first === 0 ? 1 : 0)) * 7 + ((weekday + 7 - week.start) % 7) - first + 1;
}

function tokens(format: string): { text: string; directive: Directive | undefined }[] {
  return (format.match(/%.|[^%]+|%$/gs) ?? []).map((text) => ({
    text,
    directive: Object.hasOwn(directives, text) ? directives[text] : undefined,
  }));
}

function isPossible({ year, month, day, hour, minute, second }: Parts): boolean {
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return (
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  );
}

function instantOf(parts: Parts, timeZone: string): Date {
  const { year, month, day, hour, minute, second, millisecond } = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  // The offset a day earlier holds before a change of clocks; elsewhere it is the one that holds then.
  const before = wall - offsetAt(wall - dayMs, timeZone);
  if (offsetAt(before, timeZone) === wall - before) return new Date(before);
  const after = wall - offsetAt(wall + dayMs, timeZone);
  return new Date(offsetAt(after, timeZone) === wall - after ? after : before);
}

/** Asks Intl, which takes its time, once for all names of a day: no zone changes its clocks twice in one. */
function offsetAt(instant: number, timeZone: string): number {
  const day = Math.floor(instant / dayMs);
  const atStart = offsetAtStartOf(day, timeZone);
  return atStart === offsetAtStartOf(day + 1, timeZone) ? atStart : readOffset(instant, timeZone);
}

const offsetsIn = memo((_timeZone) => new Map<number, number>());

/** @param day of UTC, counted from 1970 */
function offsetAtStartOf(day: number, timeZone: string): number {
  const offsets = offsetsIn(timeZone);
  const offset = offsets.get(day) ?? readOffset(day * dayMs, timeZone);
  offsets.set(day, offset);
  return offset;
}

function readOffset(instant: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(new Date(instant), timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

const formatterOf = memo(
  (timeZone) =>
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }),
);

function partsOf(date: Date, timeZone: string): Parts {
  const found = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(date)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  return { year, month, day, hour, minute, second, millisecond: date.getUTCMilliseconds() };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
