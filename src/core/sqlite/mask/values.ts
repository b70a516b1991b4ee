import type { Hmac } from './hmac.ts';
import { Random, symbolBits } from './random.ts';
import type { ReplacingKind } from './rules.ts';

/** How a value is stored (https://sqlite.org/datatype3.html); a replacement is stored the same way. */
export type StorageClass = 'integer' | 'real' | 'text' | 'blob';

export interface Original {
  type: StorageClass;
  text: string;
  /** What tells values apart: the text itself unless it is not quite UTF-8. */
  bytes: Uint8Array;
}

/** More bits than this, and no two of billions of values get the same replacement. */
const enoughBits = 64;
const headSyllables = 11;
const mostSymbols = 16;
const filler = ' lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor';

/** Whether what a kind makes is long enough in this many characters that no two replacements are ever the same. */
export function isWide(kind: ReplacingKind, limit = Number.POSITIVE_INFINITY): boolean {
  const overhead = kind === 'email' ? '@x.test'.length : kind === 'unusable-password' ? 1 : 0;
  const fits = (limit - overhead) * symbolBits >= enoughBits;
  return fits && (kind === 'email' || kind === 'text' || kind === 'unusable-password');
}

/**
 * A replacement for one value, the same for the same secret, kind, value and attempt; another attempt gives another.
 * @param limit characters there is room for
 */
export function candidate(
  kind: ReplacingKind,
  original: Original,
  attempt: number,
  limit: number | undefined,
  hmac: Hmac,
): string {
  const random = new Random(hmac, Buffer.from(`${kind}\0${attempt}\0`), original.bytes);
  const isNumber = original.type === 'integer' || original.type === 'real';
  const room = limit ?? Number.POSITIVE_INFINITY;
  if (isNumber && kind === 'date') return movedTime(original, random) ?? digits(original, random, attempt);
  if (isNumber && kind === 'phone') return phone(random, 14).replace('+', '');
  if (isNumber) return digits(original, random, attempt);
  switch (kind) {
    case 'email':
      return email(random, room);
    case 'name':
      return name(original.text, random).slice(0, room);
    case 'phone':
      return phone(random, room);
    case 'date':
      return date(original.text, random, attempt) ?? text(original.text, random, room);
    case 'number':
      if (!/^\s*[-+]?\d[\d .,'_]*(?:e[-+]?\d+)?\s*$/i.test(original.text))
        return text(original.text, random, room);
      return digits(original, random, original.text.length < room ? attempt : 0);
    case 'unusable-password':
      // What Django takes for no password at all begins so (django.contrib.auth.hashers).
      return `!${random.symbols(Math.min(40, room - 1))}`;
    case 'text':
      return text(original.text, random, room);
  }
}

/** Domains that never belong to anybody (RFC 2606). */
function email(random: Random, room: number): string {
  const host = room >= mostSymbols + '@example.com'.length ? '@example.com' : '@x.test';
  const symbols = Math.min(mostSymbols, room - host.length);
  return symbols > 0 ? `${random.symbols(symbols)}${host}` : random.symbols(room);
}

function name(original: string, random: Random): string {
  const lengths = /\S\s+\S/.test(original) ? [3, 4] : [5];
  return lengths.map((syllables) => capital(random.syllables(syllables))).join(' ');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** No country has +999 (ITU-T E.164). */
function phone(random: Random, room: number): string {
  const number = `+999${Array.from({ length: 10 }, () => random.digit()).join('')}`;
  return number.length <= room ? number : number.slice(-room);
}

/** Words for words, one word for one, an address for an address; about as long as it was. */
function text(original: string, random: Random, room: number): string {
  if (room < 2 * headSyllables + 2) return random.symbols(Math.min(room, mostSymbols));
  const word = random.syllables(headSyllables);
  const url = `https://example.com/${word}`;
  if (/^https?:\/\//i.test(original) && url.length <= room) return url;
  if (!/\s/.test(original)) return word;
  const words = `${word.slice(0, 8)} ${word.slice(8, 16)} ${word.slice(16)}`;
  const missing = Math.min(original.length, room) - words.length;
  return missing > 0 ? words + filler.repeat(Math.ceil(missing / filler.length)).slice(0, missing) : words;
}

/** The same digits' count, sign, point and exponent; the number stays about as large as it was. */
function digits({ type, text: original }: Original, random: Random, attempt: number): string {
  // 2^63 has 19 digits.
  const most = type === 'integer' ? original.replace(/(\d{18})\d+$/, '$1') : original;
  const isZero = !/[1-9]/.test(most);
  let leading = true;
  const replaced = most.replace(/(?<!e[-+]?\d*)\d/gi, (digit) => {
    if (!leading) return random.digit();
    if (digit === '0' && !isZero) return digit;
    leading = false;
    return String(1 + random.below(9));
  });
  // Where all numbers of this size are taken, a larger one is.
  const full = attempt >= 500 && most.length < 18 && /^[-+]?\d+$/.test(replaced);
  return full ? replaced + random.digit() : replaced;
}

const dateForm = /^(\d{4})-(\d\d)-(\d\d)(?:([T ])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(.*))?$/s;
const dayMs = 86_400_000;

/** Another day of the same year, at another time where it has one; undefined where this is no date as ISO 8601 has it. */
function date(original: string, random: Random, attempt: number): string | undefined {
  const match = dateForm.exec(original);
  if (!match) return undefined;
  const [, year, , , between, hour, minute, second, fraction, rest = ''] = match;
  // A year away for each hundred that were taken.
  const another = Number(year) - Math.floor(attempt / 100);
  const start = Date.UTC(2001, 0, 1) + random.below(365) * dayMs + random.below(86_400) * 1000;
  const iso = new Date(start).toISOString();
  const day = `${String(Math.max(1, another)).padStart(4, '0')}${iso.slice(4, 10)}`;
  if (between === undefined) return day;
  const midnight = `${hour}${minute}${second ?? ''}${fraction ?? ''}`.replaceAll('0', '') === '';
  if (midnight) return `${day}${original.slice(10)}`;
  const seconds = second === undefined ? '' : iso.slice(16, 19);
  const part = fraction === undefined ? '' : `.${fraction.replace(/\d/g, () => random.digit())}`;
  return `${day}${between}${iso.slice(11, 16)}${seconds}${part}${rest}`;
}

/** A time that is a number: seconds or milliseconds since 1970, or days; moved by up to half a year. */
function movedTime({ type, text: original }: Original, random: Random): string | undefined {
  const time = Number(original);
  const size = Math.abs(time);
  // Beyond the year 5000 in milliseconds it is none.
  if (size > 1e14) return undefined;
  const perDay = size > 1e11 ? dayMs : size > 1e7 ? 86_400 : 1;
  const moved = time + (1 + random.below(180)) * perDay * (random.below(2) ? 1 : -1);
  const within = perDay === 1 ? 0 : random.below(86_400) * (perDay / 86_400);
  return type === 'integer' ? String(Math.round(moved + within)) : String(moved + within);
}
