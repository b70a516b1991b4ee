import fc from 'fast-check';
import { expect, it } from 'vitest';
import { datePattern, findDate, formatDate } from '../../../src/core/project/strftime.ts';

const zone = fc.constantFrom(
  'UTC',
  'America/Chicago',
  'Europe/London',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
);
const format = fc.constantFrom(
  '%Y-%m-%d-%H%M%S',
  '%d%b%Y_%I%M%S%p',
  '%Y%j%H%M%S',
  '%y-%B-%d %H.%M.%S',
  '%Y %U %A %H%M%S',
  '%Y %W %w %H%M%S',
);
const date = fc.date({ min: new Date('1971-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });

it('finds the date that was written, anywhere in a name', () => {
  fc.assert(
    fc.property(
      date,
      format,
      zone,
      fc.stringMatching(/^[a-z.-]{0,10}$/),
      (moment, style, timeZone, around) => {
        const written = formatDate(moment, style, timeZone);
        expect(written).toMatch(new RegExp(`^${datePattern(style).source}$`));
        const found = findDate(`${around}${written}${around}`, style, timeZone);
        // The hour that the clocks repeat has two instants and one name.
        expect(found && formatDate(found, style, timeZone)).toBe(written);
        const difference = Math.floor(moment.getTime() / 1000) - Math.floor((found?.getTime() ?? 0) / 1000);
        expect([0, 1800, 3600]).toContain(difference);
      },
    ),
  );
});

it('makes a date of no name by force', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ maxLength: 20 }), (name, style) => {
      const found = findDate(name, style, 'Europe/Berlin');
      expect(found === undefined || !Number.isNaN(found.getTime())).toBe(true);
    }),
  );
});
