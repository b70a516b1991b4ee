import fc from 'fast-check';
import { expect, test } from 'vitest';
import { composeName, type NameStyle, readName } from '../../../src/core/backups/name.ts';
import { formatDate } from '../../../src/core/project/strftime.ts';

const extension = fc.constantFrom('dump', 'dump.gpg', 'dump.gz.gpg', 'sqlite3.asc', 'sqlite3.gz');
const mediaExtension = fc.constantFrom('tar', 'tar.gpg', 'tar.gz.gpg', 'zip', 'zip.asc');
const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Kiritimati', 'America/St_Johns');
const date = fc
  .integer({ min: Date.parse('1990-01-01'), max: Date.parse('2089-01-01') })
  .map((time) => new Date(time - (time % 1000)));
const style: fc.Arbitrary<NameStyle> = fc.record({
  filenameTemplate: fc.constantFrom(
    '{databasename}-{servername}-{datetime}.{extension}',
    '{datetime}_{databasename}@{servername}.{extension}',
    'backup-{content_type}-{servername}-{databasename}-{datetime}.{extension}',
  ),
  mediaFilenameTemplate: fc.constantFrom(
    '{servername}-{datetime}.{extension}',
    'media.{datetime}.{servername}.{extension}',
  ),
  dateFormat: fc.constantFrom('%Y-%m-%d-%H%M%S', '%Y%m%dT%H%M%S', '%d.%m.%Y_%H-%M-%S'),
  timeZone,
});

/** Aliases and hosts as people have them, and as nobody should. */
const usual = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}(?:(?:--?|[.])[a-z0-9]{1,5}){0,2}$/);
const any = fc.oneof(
  usual,
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc
    .array(
      fc.constantFrom('.', '..', '/', '\\', '-', '--', '\u0000', '\n', 'a', ' ', '\u001b[31m', '2026-11-22'),
    )
    .map((parts) => parts.join('')),
);

/** As in a name: runs of dashes become one. */
const collapsed = (text: string) => text.replace(/-{2,}/g, '-');

test('no name leaves its folder, hides, or holds what a terminal obeys', () => {
  fc.assert(
    fc.property(any, any, date, extension, style, (database, host, at, ending, how) => {
      for (const alias of [database, undefined]) {
        const name = composeName({ database: alias, host, date: at, extension: ending }, how);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(name).not.toMatch(/[/\\\u0000-\u001f\u007f]|\.\.|^\.|^$/);
      }
    }),
  );
});

test('a name tells what it was made of, whatever other aliases there are', () => {
  fc.assert(
    fc.property(
      usual,
      usual,
      fc.array(usual, { maxLength: 3 }),
      date,
      extension,
      style,
      (database, host, others, at, ending, how) => {
        // An alias that begins as another one with part of the host is the longer one's by right.
        const aliases = others.filter((other) => other.length < database.length);
        const name = composeName({ database, host, date: at, extension: ending }, how);
        const read = readName(name, how, [...aliases, database]);
        expect(read).toMatchObject({ database, host: collapsed(host) });
        expect([read.extensions.content, ...read.extensions.wraps].join('.')).toBe(ending);
        // An hour that comes twice in autumn has one name.
        const told = formatDate(read.date ?? new Date(0), how.dateFormat, how.timeZone);
        expect(told).toBe(formatDate(at, how.dateFormat, how.timeZone));
      },
    ),
  );
});

test('a name of media files tells its host', () => {
  fc.assert(
    fc.property(usual, date, mediaExtension, style, (host, at, ending, how) => {
      const name = composeName({ database: undefined, host, date: at, extension: ending }, how);
      expect(readName(name, how, ['default'])).toMatchObject({
        database: undefined,
        host: collapsed(host),
      });
    }),
  );
});

test('reading any name is no adventure', () => {
  fc.assert(
    fc.property(any, fc.array(any, { maxLength: 3 }), style, (name, aliases, how) => {
      const { database, date: at } = readName(name, how, aliases);
      if (database !== undefined) expect(database.length).toBeGreaterThan(0);
      if (at) expect(Number.isNaN(at.getTime())).toBe(false);
    }),
  );
});
