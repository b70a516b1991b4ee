import type { SqlValue } from './engine.ts';

/** Storage classes in the order in which SQLite sorts them (https://sqlite.org/datatype3.html#sort_order). */
function rank(value: SqlValue): number {
  if (value === null) return 0;
  if (typeof value === 'bigint' || typeof value === 'number') return 1;
  return typeof value === 'string' ? 2 : 3;
}

/** Compares two values as `ORDER BY … COLLATE BINARY` does: below zero where `a` comes first. */
export function compareValues(a: SqlValue, b: SqlValue): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0 || a === null || b === null) return byRank;
  if (typeof a === 'string') return compareText(a, b as string);
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  // Mixed bigint and number comparison is exact in JavaScript, as it is in SQLite.
  return a < (b as bigint | number) ? -1 : a > (b as bigint | number) ? 1 : 0;
}

/** Memcmp of UTF-8, which is the order of code points; JavaScript's own is that of UTF-16 units. */
function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    let left = a.charCodeAt(at);
    let right = b.charCodeAt(at);
    if (left === right) continue;
    // Surrogates stand for code points above all of the basic plane, but below U+E000 as units.
    if (left >= 0xd800 && right >= 0xd800) {
      left = left >= 0xe000 ? left - 0x800 : left + 0x2000;
      right = right >= 0xe000 ? right - 0x800 : right + 0x2000;
    }
    return left - right;
  }
  return a.length - b.length;
}

/** Whether two stored values are the same to the bit and of the same storage class: 1 is not 1.0 here. */
export function sameValue(a: SqlValue, b: SqlValue): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return false;
}
