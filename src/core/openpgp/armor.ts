import type { Bytes } from '../task.ts';
import { cutOff, damaged } from './damaged.ts';

const start = '-----BEGIN PGP MESSAGE-----';
const end = '-----END PGP MESSAGE-----';
/** Header lines of an armor are few and short. */
const mostHeaderBytes = 1 << 14;
/** A last group of four digits and the checksum, `=` and four more, that may stand behind it. */
const tailDigits = 9;

/** How many bytes {@link isArmored} wants to see. */
export const armorHeadBytes = 64;

/** Whether the first bytes are those of an ASCII-armored message (RFC 4880, 6.2); blank lines may come before. */
export function isArmored(head: Uint8Array): boolean {
  return Buffer.from(head)
    .toString()
    .replace(/^\uFEFF/, '')
    .trimStart()
    .startsWith(start);
}

/**
 * The bytes in an ASCII armor. Its checksum is not looked at (RFC 9580, 6.1): the integrity check inside tells more.
 * Nothing but blanks may follow its end.
 * @throws BackupError damaged
 */
export async function* dearmor(source: Bytes): AsyncGenerator<Uint8Array> {
  const chunks = textOf(source);
  try {
    let text = await afterHeaders(chunks);
    let digits = '';
    for (;;) {
      // No base64 digit is a hyphen: the first one begins the last line.
      const stop = text.indexOf('-');
      digits += (stop < 0 ? text : text.slice(0, stop)).replace(/\s+/g, '');
      if (stop >= 0) {
        yield decoded(withoutChecksum(digits));
        return expectEnd(text.slice(stop), chunks);
      }
      const usable = Math.max(0, digits.length - tailDigits) & ~3;
      if (usable > 0) yield decoded(digits.slice(0, usable));
      digits = digits.slice(usable);
      const next = await chunks.next();
      if (next.done) throw cutOff();
      text = next.value;
    }
  } finally {
    // Whoever reads only the head of a message leaves here.
    await chunks.return(undefined);
  }
}

/** What follows the start line, the header lines and the blank line after them. */
async function afterHeaders(chunks: AsyncGenerator<string>): Promise<string> {
  let head = '';
  for (;;) {
    const blank = /\n[ \t]*\r?\n/.exec(head.trimStart());
    if (blank) return head.trimStart().slice(blank.index + blank[0].length);
    const next = await chunks.next();
    if (next.done) throw cutOff();
    head += next.value;
    if (head.length > mostHeaderBytes + next.value.length) throw damaged();
  }
}

async function expectEnd(text: string, chunks: AsyncGenerator<string>): Promise<void> {
  let tail = text;
  for await (const chunk of chunks) {
    tail += chunk;
    if (tail.trimEnd().length > end.length) break;
    // Blanks without end need no memory.
    if (tail.startsWith(end)) tail = `${end}\n`;
  }
  tail = tail.trim();
  if (tail === end) return;
  throw end.startsWith(tail) ? cutOff() : damaged();
}

function withoutChecksum(digits: string): string {
  return digits.length % 4 === 1 && digits.at(-5) === '=' ? digits.slice(0, -5) : digits;
}

function decoded(digits: string): Uint8Array {
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) throw damaged();
  return Buffer.from(digits, 'base64');
}

async function* textOf(source: Bytes): AsyncGenerator<string> {
  for await (const chunk of source) {
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
  }
}
