const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Words and numbers in the reader's language. Sizes count in thousands, as the units' names say. */
export class Format {
  readonly #locale: string;

  /** @param language A language tag; where the system's own region speaks it, that region's forms are used. */
  constructor(language: string, system = Intl.DateTimeFormat().resolvedOptions().locale) {
    const [short] = language.split('-');
    this.#locale = language === short && system.split('-')[0] === short ? system : language;
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.#locale).format(value);
  }

  percent(fraction: number): string {
    return new Intl.NumberFormat(this.#locale, { style: 'percent' }).format(fraction);
  }

  bytes(bytes: number): string {
    // What rounds to 1000 of one unit is 1 of the next.
    const power = units.findIndex((_, index) => bytes < 999.5 * 1000 ** index || index === units.length - 1);
    const value = bytes / 1000 ** power;
    return new Intl.NumberFormat(this.#locale, {
      style: 'unit',
      unit: units[power]!,
      unitDisplay: power === 0 ? 'long' : 'short',
      maximumFractionDigits: value < 100 && power > 0 ? 1 : 0,
    }).format(value);
  }

  /** How long ago, in the largest unit that fits: `now` (less than a minute), `5 minutes ago`, `yesterday`, `3 weeks ago`. */
  ago(then: Date, now: Date): string {
    const seconds = (then.getTime() - now.getTime()) / 1000;
    const relative = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto' });
    const [unit, size] =
      spans.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', Infinity] as const);
    return relative.format(Math.trunc(seconds / size) + 0, unit);
  }

  /** Day and minute, with the year where it is another one. */
  moment(date: Date, now: Date): string {
    return new Intl.DateTimeFormat(this.#locale, {
      month: 'short',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      ...(date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
    }).format(date);
  }

  /** Day, second and time zone. */
  fullMoment(date: Date): string {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: 'full', timeStyle: 'long' }).format(date);
  }

  day(date: Date): string {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium' }).format(date);
  }

  list(items: readonly string[]): string {
    return new Intl.ListFormat(this.#locale, { type: 'conjunction' }).format(items);
  }
}

/** Units of time with their seconds, the largest first. */
const spans = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
