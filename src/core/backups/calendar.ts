/** The calendar periods of a moment in one time zone, as words that are equal within the period. */
export interface Periods {
  /** `2026-11-22` */
  day: string;
  /** ISO 8601 week: `2026-W47`. */
  week: string;
  /** `2026-11` */
  month: string;
  /** `2026` */
  year: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** @param timeZone IANA name */
export function periodsOf(date: Date, timeZone: string): Periods {
  const {
    year = '',
    month = '',
    day = '',
  } = Object.fromEntries(
    formatIn(timeZone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value.padStart(2, '0')]),
  );
  return {
    day: `${year}-${month}-${day}`,
    week: isoWeek(Number(year), Number(month), Number(day)),
    month: `${year}-${month}`,
    year,
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** A week belongs to the year that has its Thursday (ISO 8601). */
function isoWeek(year: number, month: number, day: number): string {
  const thursday = new Date(Date.UTC(year, month - 1, day));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / (7 * 86_400_000)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
