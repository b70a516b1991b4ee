/** One directive of strftime: how it is written, what it looks like in a name, and where it goes when it is read. */
interface Directive {
  write(parts: Parts): string;
  /** As django-dbbackup's own listing looks for it (dbbackup/utils.py, 3.0.4 to 5.x). */
  pattern: string;
  read?(parts: Partial<Parts>, text: string): void;
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

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const pad = (value: number, length: number) => String(value).padStart(length, '0');
const weekday = ({ year, month, day }: Parts) => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
const dayOfYear = ({ year, month, day }: Parts) =>
  Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
const numeric = (key: keyof Parts, length: number): Directive => ({
  write: (parts) => pad(parts[key], length),
  pattern: `\\d{${length}}`,
  read: (parts, text) => {
    parts[key] = Number(text);
  },
});
const named = (names: string[], key: 'month' | undefined, length?: number): Directive => ({
  write: (parts) => (names[key ? parts.month - 1 : weekday(parts)] ?? '').slice(0, length),
  pattern: '[A-Z][a-z]+',
  read: (parts, text) => {
    if (key) parts.month = names.findIndex((name) => name.slice(0, length) === text) + 1;
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
    read: (parts, text) => {
      parts.year = Number(text) + (Number(text) < 69 ? 2000 : 1900);
    },
  },
  '%I': { write: ({ hour }) => pad(hour % 12 || 12, 2), pattern: '\\d{2}' },
  '%p': { write: ({ hour }) => (hour < 12 ? 'AM' : 'PM'), pattern: '[AP]M' },
  '%f': { write: ({ millisecond }) => pad(millisecond * 1000, 6), pattern: '\\d{6}' },
  '%j': {
    write: (parts) => pad(dayOfYear(parts), 3),
    pattern: '\\d{3}',
    read: (parts, text) => {
      const date = new Date(Date.UTC(parts.year ?? 1970, 0, Number(text)));
      Object.assign(parts, { month: date.getUTCMonth() + 1, day: date.getUTCDate() });
    },
  },
  '%w': { write: (parts) => String(weekday(parts)), pattern: '\\d' },
  '%U': {
    write: (parts) => pad(Math.floor((dayOfYear(parts) + 6 - weekday(parts)) / 7), 2),
    pattern: '\\d{2}',
  },
  '%W': {
    write: (parts) => pad(Math.floor((dayOfYear(parts) + 6 - ((weekday(parts) + 6) % 7)) / 7), 2),
    pattern: '\\d{2}',
  },
  '%a': named(days, undefined, 3),
  '%A': named(days, undefined),
  '%b': named(months, 'month', 3),
  '%B': named(months, 'month'),
  '%%': { write: () => '%', pattern: '%' },
};

/** Writes an instant in a zone by a strftime format; a directive that is not known stays as it is. */
export function formatDate(date: Date, format: string, timeZone: string): string {
  const parts = partsOf(date, timeZone);
  return format.replace(/%./g, (directive) => directives[directive]?.write(parts) ?? directive);
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
 * The date that stands in a name, as an instant: the first place where the format fits. Impossible dates and formats
 * without a day are none. A wall time that a clock change skips or repeats is taken with the offset before the change.
 */
export function findDate(name: string, format: string, timeZone: string): Date | undefined {
  const source = tokens(format)
    .map(({ text, directive }) => (directive ? `(${directive.pattern})` : escapePattern(text)))
    .join('');
  const match = new RegExp(source).exec(name);
  if (!match) return undefined;
  const parts: Partial<Parts> = {};
  const read = tokens(format).filter(({ directive }) => directive);
  for (const [index, { directive }] of read.entries()) directive?.read?.(parts, match[index + 1] ?? '');
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  if (year === undefined || !isPossible({ year, month, day, hour, minute, second, millisecond: 0 }))
    return undefined;
  return instantOf({ year, month, day, hour, minute, second, millisecond: 0 }, timeZone);
}

function tokens(format: string): { text: string; directive: Directive | undefined }[] {
  return (format.match(/%.|[^%]+|%$/g) ?? []).map((text) => ({ text, directive: directives[text] }));
}

function isPossible({ year, month, day, hour, minute, second }: Parts): boolean {
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return (
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  );
}

function instantOf(parts: Parts, timeZone: string): Date {
  const { year, month, day, hour, minute, second } = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // The offset a day earlier holds before a change of clocks; elsewhere it is the one that holds then.
  const before = wall - offsetAt(wall - 86_400_000, timeZone);
  if (offsetAt(before, timeZone) === wall - before) return new Date(before);
  const after = wall - offsetAt(wall + 86_400_000, timeZone);
  return new Date(offsetAt(after, timeZone) === wall - after ? after : before);
}

function offsetAt(instant: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(new Date(instant), timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function partsOf(date: Date, timeZone: string): Parts {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  const found = Object.fromEntries(
    formatter.formatToParts(date).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  return { year, month, day, hour, minute, second, millisecond: date.getMilliseconds() };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
