import { type Num, num } from './values.ts';

const simpleEscapes: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** A string literal's parts: its prefix in lower case, and where its content lies within the literal. */
export interface Quoted {
  prefix: string;
  start: number;
  end: number;
}

export function quotedParts(literal: string): Quoted | undefined {
  const match = /^([a-z]*)('''|"""|'|")/i.exec(literal);
  if (!match) return undefined;
  const quote = match[2]!;
  const start = match[0].length;
  const end = literal.length - quote.length;
  if (end < start || !literal.endsWith(quote)) return undefined;
  return { prefix: match[1]!.toLowerCase(), start, end };
}

/** The text a literal's content stands for, or undefined where an escape is not one (or names a character). */
export function decodeEscapes(content: string, prefix: string): string | undefined {
  if (prefix.includes('r') || !content.includes('\\')) return content;
  let failed = false;
  const text = content.replace(
    /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r\n|[\s\S]))/g,
    (whole, octal?: string, byte?: string, short?: string, long?: string, other?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const hex = byte ?? short ?? long;
      if (hex !== undefined) {
        const code = Number.parseInt(hex, 16);
        if (code <= 0x10ffff) return String.fromCodePoint(code);
      }
      if (other === '\r\n') return '';
      if (other === 'N' || hex !== undefined) failed = true;
      return other !== undefined && Object.hasOwn(simpleEscapes, other) ? simpleEscapes[other]! : whole;
    },
  );
  return failed ? undefined : text;
}

/** The value of a plain string literal; undefined for bytes and what cannot be read. */
export function readString(literal: string): string | undefined {
  const quoted = quotedParts(literal);
  if (!quoted || quoted.prefix.includes('b') || quoted.prefix.includes('f')) return undefined;
  return decodeEscapes(literal.slice(quoted.start, quoted.end), quoted.prefix);
}

/** The value of a number literal; undefined for complex numbers and integers that a double cannot hold. */
export function readNumber(literal: string): Num | undefined {
  const value = Number(literal.replaceAll('_', ''));
  const float = /^[^x]*[.e]/i.test(literal);
  return Number.isFinite(value) && (float || Number.isSafeInteger(value)) ? num(value, float) : undefined;
}
