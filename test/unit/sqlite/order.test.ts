import { expect, it } from 'vitest';
import type { SqlValue } from '../../../src/core/sqlite/engine.ts';
import { compareValues, sameValue } from '../../../src/core/sqlite/order.ts';

/** On both sides of where UTF-16 sorts otherwise than UTF-8: surrogates lie below U+E000, what they stand for above all. */
const characters = [
  'a',
  'b',
  '\u007f',
  '\u0080',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
];

const sign = (left: SqlValue, right: SqlValue) => Math.sign(compareValues(left, right));

it('texts sort by their UTF-8, as SQLite sorts them', () => {
  const texts = ['', ...characters, ...characters.flatMap((one) => characters.map((other) => one + other))];
  for (const left of texts) {
    for (const right of texts) {
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(sign(left, right), JSON.stringify([left, right])).toBe(bytes);
    }
  }
});

it('values sort by their storage class first, then among themselves', () => {
  const sorted: SqlValue[] = [
    null,
    Number.NEGATIVE_INFINITY,
    -(2n ** 63n),
    -1.5,
    0n,
    1,
    2n ** 53n + 1n,
    2 ** 54,
    Number.POSITIVE_INFINITY,
    '',
    '10',
    '9',
    new Uint8Array(),
    Uint8Array.of(0),
    Uint8Array.of(0, 1),
    Uint8Array.of(200),
  ];
  for (const [at, left] of sorted.entries())
    for (const [index, right] of sorted.entries())
      expect(sign(left, right), `${at} and ${index}`).toBe(Math.sign(at - index));
});

it('values are the same only to the bit and of one storage class', () => {
  expect(sameValue(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(sameValue(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(sameValue(1n, 1)).toBe(false);
  expect(sameValue('a', 'a')).toBe(true);
  expect(sameValue('a', Uint8Array.of(97))).toBe(false);
  expect(sameValue(null, null)).toBe(true);
});
