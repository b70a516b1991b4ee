import { describe, expect, it } from 'vitest';
import { cleanHostname } from '../../../src/core/project/hostname.ts';
import { datePattern, findDate, formatDate } from '../../../src/core/project/strftime.ts';

const date = new Date('2026-03-01T04:05:06.789Z');

describe('formatDate', () => {
  // As Python 3.11 writes this moment, a Sunday, in UTC.
  it.each([
    ['%Y-%m-%d-%H%M%S', '2026-03-01-040506'],
    ['%y%j', '26060'],
    ['%f', '789000'],
    ['%a %A %b %B', 'Sun Sunday Mar March'],
    ['%I%p', '04AM'],
    ['%U %W %w', '09 08 0'],
    ['100%%', '100%'],
    ['%Q%', '%Q%'],
  ])('%s', (format, expected) => {
    expect(formatDate(date, format, 'UTC')).toBe(expected);
  });

  it('tells the time of the zone', () => {
    expect(formatDate(date, '%Y-%m-%d %H', 'America/Chicago')).toBe('2026-02-28 22');
    expect(formatDate(date, '%Y-%m-%d %H%M', 'Asia/Kathmandu')).toBe('2026-03-01 0950');
    expect(formatDate(new Date('2026-01-01T00:00:00Z'), '%H', 'UTC')).toBe('00');
  });
});

describe('findDate', () => {
  const find = (name: string, format = '%Y-%m-%d-%H%M%S', zone = 'UTC') =>
    findDate(name, format, zone)?.toISOString();

  it('finds a date anywhere in a name', () => {
    expect(find('default-web-2026-03-01-040506.dump.gpg')).toBe('2026-03-01T04:05:06.000Z');
    expect(find('2026-03-01-040506')).toBe('2026-03-01T04:05:06.000Z');
    expect(find('default-web.dump')).toBeUndefined();
  });

  it.each([
    '2023-99-99-999999',
    '2026-02-29-000000',
    '2026-04-31-000000',
    '2026-01-01-240000',
    '2026-01-01-006000',
    '0000-01-01-000000',
    '2026-00-01-000000',
  ])('has no date for %s', (text) => {
    expect(find(`x-${text}.dump`)).toBeUndefined();
  });

  it.each([
    ['%d%b%y', 'x01Mar26', '2026-03-01'],
    ['%d %B %Y', '01 March 2026', '2026-03-01'],
    ['%Y%j', '2024366', '2024-12-31'],
    ['%Y %U %w', '2026 09 0', '2026-03-01'],
    ['%Y %W %a', '2026 08 Sun', '2026-03-01'],
    ['%y', '69', '1969-01-01'],
    ['%Y.%m', '2026.03', '2026-03-01'],
  ])('%s reads %s', (format, name, day) => {
    expect(find(name, format)).toBe(`${day}T00:00:00.000Z`);
  });

  it.each([
    ['%Y%j', '2025366'],
    ['%d%b%Y', '01Mrz2026'],
    ['%H%M', '1200'],
    ['%Y%m%d%I', '2026030113'],
    ['%Y.%m', '2026-03'],
  ])('%s does not read %s', (format, name) => {
    expect(find(name, format)).toBeUndefined();
  });

  it('reads half days and fractions', () => {
    expect(find('2026030112AM', '%Y%m%d%I%p')).toBe('2026-03-01T00:00:00.000Z');
    expect(find('2026030101PM', '%Y%m%d%I%p')).toBe('2026-03-01T13:00:00.000Z');
    expect(find('20260301.789000', '%Y%m%d.%f')).toBe('2026-03-01T00:00:00.789Z');
  });

  it('takes a wall time that the clocks repeat for the first of the two', () => {
    expect(find('2026-11-01-013000', undefined, 'America/Chicago')).toBe('2026-11-01T06:30:00.000Z');
    expect(find('2026-10-25-023000', undefined, 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
  });

  it('takes a wall time that the clocks skip with the offset before', () => {
    expect(find('2026-03-08-023000', undefined, 'America/Chicago')).toBe('2026-03-08T08:30:00.000Z');
  });

  it('is right next to a change of clocks', () => {
    for (const [name, instant] of [
      ['2026-03-08-015959', '2026-03-08T07:59:59.000Z'],
      ['2026-03-08-030000', '2026-03-08T08:00:00.000Z'],
      ['2026-11-01-005959', '2026-11-01T05:59:59.000Z'],
      ['2026-11-01-020000', '2026-11-01T08:00:00.000Z'],
      ['2026-11-01-230000', '2026-11-02T05:00:00.000Z'],
    ] as const) {
      expect(find(name, undefined, 'America/Chicago')).toBe(instant);
    }
  });
});

describe('datePattern', () => {
  it("is django-dbbackup's own", () => {
    expect(datePattern('%Y-%m-%d-%H%M%S').source).toBe('\\d{4}-\\d{2}-\\d{2}-\\d{2}\\d{2}\\d{2}');
    expect(datePattern('a.%b').source).toBe('a\\.[A-Z][a-z]+');
  });
});

describe('cleanHostname', () => {
  it.each([
    ['web-1.example.org', 'web-1.example.org'],
    ['../../etc', '._._etc'],
    ['a\\b\u0000\nc', 'a_b_c'],
    ['my.tar.host', 'my-tar.host'],
    ['box.GPG', 'box-GPG'],
  ])('%s', (name, expected) => {
    expect(cleanHostname(name)).toBe(expected);
  });
});

it.each([
  ['2026-11-22T00:05:00Z', '12 AM'],
  ['2026-11-22T11:05:00Z', '11 AM'],
  ['2026-11-22T12:05:00Z', '12 PM'],
  ['2026-11-22T23:05:00Z', '11 PM'],
])('%s is told as %s by a clock of twelve hours, and an empty format as nothing', (date, hour) => {
  expect(formatDate(new Date(date), '%I %p', 'UTC')).toBe(hour);
  expect(formatDate(new Date(date), '', 'UTC')).toBe('');
});
