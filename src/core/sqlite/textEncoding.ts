import type { Connection } from './engine.ts';

/** How a database stores text; a cast between TEXT and BLOB keeps those bytes (https://sqlite.org/lang_expr.html#castexpr). */
export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be';

/** A database's encoding (https://sqlite.org/pragma.html#pragma_encoding). */
export function textEncoding(connection: Connection): TextEncoding {
  const [[name] = []] = connection.rows('PRAGMA encoding');
  return String(name).toLowerCase().replace('-', '') as TextEncoding;
}

/** Text as a database stores it, as UTF-8. Half a surrogate pair becomes U+FFFD, as in SQLite's own conversion. */
export function toUtf8(encoding: TextEncoding, bytes: Buffer): Buffer {
  if (encoding === 'utf8') return bytes;
  return Buffer.from((encoding === 'utf16le' ? bytes : swapped(bytes)).toString('utf16le'));
}

/** UTF-8 as a database stores it. What is no UTF-8 becomes U+FFFD: the other encodings cannot hold it. */
export function fromUtf8(encoding: TextEncoding, bytes: Buffer): Buffer {
  if (encoding === 'utf8') return bytes;
  const stored = Buffer.from(bytes.toString('utf8'), 'utf16le');
  return encoding === 'utf16le' ? stored : stored.swap16();
}

/** A copy in the other byte order, without the odd byte that cannot be text. */
function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
}
