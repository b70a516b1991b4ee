import { describe, expect, it } from 'vitest';
import { Format } from '../../../src/editor/format.ts';

const english = new Format('en', 'en-US');
const now = new Date('2026-11-23T12:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

describe('Format', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1234, '1.2 kB'],
    [999_950, '1 MB'],
    [45_678, '45.7 kB'],
    [123_456, '123 kB'],
    [5_400_000_000, '5.4 GB'],
    [2e15, '2,000 TB'],
  ])('says %i bytes as %s', (bytes, words) => {
    expect(english.bytes(bytes)).toBe(words);
  });

  it.each([
    [0, 'now'],
    [59.9, 'now'],
    [60, '1 minute ago'],
    [3 * 3600, '3 hours ago'],
    [86_400, 'yesterday'],
    [3 * 86_400, '3 days ago'],
    [15 * 86_400, '2 weeks ago'],
    [45 * 86_400, 'last month'],
    [800 * 86_400, '2 years ago'],
    [-120, 'in 2 minutes'],
  ])('says %i seconds ago as %s', (seconds, words) => {
    expect(english.ago(before(seconds), now)).toBe(words);
  });

  it('says the year only where it is another one', () => {
    expect(english.moment(new Date('2026-02-03T12:00:00Z'), now)).not.toContain('2026');
    expect(english.moment(new Date('2025-02-03T12:00:00Z'), now)).toContain('2025');
  });

  it("speaks the editor's language, in the forms of the system's region where that speaks it", () => {
    expect(new Format('de', 'en-US').number(1234.5)).toBe('1.234,5');
    expect(new Format('de', 'de-CH').number(1234.5)).toMatch(/^1[’']234\.5$/);
    expect(new Format('pt-br', 'en-US').ago(before(86_400), now)).toBe('ontem');
  });
});
