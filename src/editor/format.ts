const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/**
 * Words and numbers in the reader's language. Sizes count in thousands, as the units' names say. What Intl needs for that
 * takes up to 15 ms to make the first time and is kept: a list of backups says thousands of dates.
 */
export class Format {
  readonly #language: string;
  readonly #made = new Map<string, unknown>();
  #system: string | undefined;

  /** @param language A language tag; where the system's own region speaks it, that region's forms are used. */
  constructor(language: string, system?: string) {
    this.#language = language;
    this.#system = system;
  }

  number(value: number): string {
    return this.#numbers('number', {}).format(value);
  }

  percent(fraction: number): string {
    return this.#numbers('percent', { style: 'percent' }).format(fraction);
  }

  bytes(bytes: number): string {
    // What rounds to 1000 of one unit is 1 of the next.
    const power = units.findIndex((_, index) => bytes < 999.5 * 1000 ** index || index === units.length - 1);
    const value = bytes / 1000 ** power;
    const unit = units[power]!;
    const digits = value < 100 && power > 0 ? 1 : 0;
    return this.#numbers(`${unit} ${digits}`, {
      style: 'unit',
      unit,
      unitDisplay: power === 0 ? 'long' : 'short',
      maximumFractionDigits: digits,
    }).format(value);
  }

  /** How long ago, in the largest unit that fits: `now` (less than a minute), `5 minutes ago`, `yesterday`, `3 weeks ago`. */
  ago(then: Date, now: Date): string {
    const seconds = (then.getTime() - now.getTime()) / 1000;
    const relative = this.#keep('ago', (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
    const [unit, size] =
      spans.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', Infinity] as const);
    return relative.format(Math.trunc(seconds / size) + 0, unit);
  }

  /** Day and minute, with the year where it is another one. */
  moment(date: Date, now: Date): string {
    const sameYear = date.getFullYear() === now.getFullYear();
    return this.#dates(sameYear ? 'moment' : 'momentOfAnotherYear', {
      month: 'short',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      ...(sameYear ? {} : { year: 'numeric' }),
    }).format(date);
  }

  /** Day, second and time zone. */
  fullMoment(date: Date): string {
    return this.#dates('fullMoment', { dateStyle: 'full', timeStyle: 'long' }).format(date);
  }

  day(date: Date): string {
    return this.#dates('day', { dateStyle: 'medium' }).format(date);
  }

  list(items: readonly string[]): string {
    return this.#keep('list', (locale) => new Intl.ListFormat(locale, { type: 'conjunction' })).format(items);
  }

  #numbers(name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    return this.#keep(name, (locale) => new Intl.NumberFormat(locale, options));
  }

  #dates(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return this.#keep(name, (locale) => new Intl.DateTimeFormat(locale, options));
  }

  #keep<T>(name: string, make: (locale: string) => T): T {
    const kept = this.#made.get(name) as T | undefined;
    if (kept) return kept;
    const made = make(this.#locale);
    this.#made.set(name, made);
    return made;
  }

  get #locale(): string {
    this.#system ??= Intl.DateTimeFormat().resolvedOptions().locale;
    const [short] = this.#language.split('-');
    return this.#language === short && this.#system.split('-')[0] === short ? this.#system : this.#language;
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
