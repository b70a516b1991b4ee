import { describe, expect, it } from 'vitest';
import { composeName, type NameStyle, readExtensions, readName } from '../../../src/core/backups/name.ts';

const style: NameStyle = {
  filenameTemplate: '{databasename}-{servername}-{datetime}.{extension}',
  mediaFilenameTemplate: '{servername}-{datetime}.{extension}',
  dateFormat: '%Y-%m-%d-%H%M%S',
  timeZone: 'UTC',
};
const date = new Date('2026-11-22T00:00:00Z');

describe('composeName', () => {
  it("makes django-dbbackup's default names", () => {
    const name = composeName({ database: 'default', host: 'web1', date, extension: 'dump.gpg' }, style);
    expect(name).toBe('default-web1-2026-11-22-000000.dump.gpg');
    const media = composeName({ database: undefined, host: 'web1', date, extension: 'tar.gz.gpg' }, style);
    expect(media).toBe('web1-2026-11-22-000000.tar.gz.gpg');
  });

  it('tells the time in the project zone', () => {
    const zoned = { ...style, timeZone: 'America/Chicago' };
    expect(composeName({ database: 'default', host: 'w', date, extension: 'dump' }, zoned)).toBe(
      'default-w-2026-11-21-180000.dump',
    );
  });

  it('collapses dashes and drops a leading one, as django-dbbackup does', () => {
    expect(composeName({ database: 'default', host: '', date, extension: 'dump' }, style)).toBe(
      'default-2026-11-22-000000.dump',
    );
    expect(composeName({ database: undefined, host: '', date, extension: 'tar' }, style)).toBe(
      '2026-11-22-000000.tar',
    );
  });

  it('lets no host or alias out of the folder or hide the file', () => {
    const name = composeName(
      { database: '../../etc/x', host: '..\\a/b\u0000\n', date, extension: 'dump' },
      style,
    );
    for (const bad of ['/', '\\', '\u0000', '\n', '..']) expect(name).not.toContain(bad);
    const runs = { database: 'a//\\b', host: '\r\n', date, extension: 'dump' };
    expect(composeName(runs, style)).toBe('a_b-_-2026-11-22-000000.dump');
    const hidden = composeName({ database: undefined, host: '.hidden', date, extension: 'tar' }, style);
    expect(hidden.startsWith('.')).toBe(false);
  });

  it("follows the project's own template", () => {
    const own = { ...style, filenameTemplate: 'backup_{datetime}_{databasename}_{content_type}.{extension}' };
    expect(composeName({ database: 'shop', host: 'w', date, extension: 'dump' }, own)).toBe(
      'backup_2026-11-22-000000_shop_db.dump',
    );
    const media = { ...style, mediaFilenameTemplate: '{content_type}{databasename}-{unknown}.{extension}' };
    expect(composeName({ database: undefined, host: 'w', date, extension: 'tar' }, media)).toBe(
      'media-{unknown}.tar',
    );
  });

  it('gives a name where the template leaves none', () => {
    const none = { ...style, mediaFilenameTemplate: '..' };
    expect(composeName({ database: undefined, host: 'w', date, extension: 'tar' }, none)).toBe('backup');
  });

  it('is read again by a template that names a part twice, or is not the one it was made by', () => {
    const twice = {
      ...style,
      filenameTemplate: '{servername}/{databasename}-{servername}-{x}-{x}.{extension}',
    };
    expect(readName('web/shop-web-1-1.dump', twice, ['shop'])).toMatchObject({
      database: 'shop',
      host: 'web',
      date: undefined,
    });
    expect(readName('web1-2026-11-22-000000.tgz', style, [])).toMatchObject({
      host: 'web1',
      extensions: { content: 'tar', wraps: ['gz'] },
    });
    expect(
      readName(
        '2026-11-22-000000.tar',
        { ...style, mediaFilenameTemplate: '{servername}{datetime}.{extension}' },
        [],
      ),
    ).toMatchObject({
      host: undefined,
      date,
    });
    expect(readName('notes', style, ['notes'])).toMatchObject({ database: undefined, host: undefined });
  });
});

describe('readExtensions', () => {
  it.each([
    ['default-web1-2026-11-22-000000.dump.gpg', 'dump', ['gpg']],
    ['default-web1-2026-11-22-000000.dump.gz.gpg', 'dump', ['gz', 'gpg']],
    ['web.tar.host-2026-11-22-000000.dump', 'dump', []],
    ['a.sqlite3.gz', 'sqlite3', ['gz']],
    ['a.SQL', 'dump', []],
    ['a.tgz', 'tar', ['gz']],
    ['a.zip.asc', 'zip', ['asc']],
    ['a.png', undefined, []],
    ['a.gpg', undefined, ['gpg']],
    ['noextension', undefined, []],
    ['dump', undefined, []],
    ['tgz', undefined, []],
    ['default-web1-2026-11-22-000000.dump.gpg.metadata', undefined, []],
  ])('%s', (name, content, wraps) => {
    expect(readExtensions(name)).toEqual({ content, wraps });
  });
});

describe('readName', () => {
  it('tells alias, host and date', () => {
    const read = readName('default-web1-2026-11-22-000000.dump.gpg', style, ['default']);
    expect(read).toMatchObject({ database: 'default', host: 'web1', date });
  });

  it('knows an alias with dashes from the project, and guesses the shortest one without', () => {
    const name = 'my-shop-web-1-2026-11-22-000000.dump';
    expect(readName(name, style, ['my', 'my-shop'])).toMatchObject({ database: 'my-shop', host: 'web-1' });
    expect(readName(name, style, ['default'])).toMatchObject({ database: 'my', host: 'shop-web-1' });
  });

  it('reads media names, whose host may hold anything', () => {
    const read = readName('my.tar.host-2026-11-22-000000.tar.gz', style, ['default']);
    expect(read).toMatchObject({ database: undefined, host: 'my.tar.host', date });
  });

  it.each([
    ['default-web.tgz-2026-11-22-000000.dump.gpg', 'default', 'web.tgz'],
    ['default-web1-2026-11-22-000000.gpg', 'default', 'web1'],
    ['default-web1-2026-11-22-000000.png', 'default', 'web1'],
  ])('tells them of %s, whose ending is not the usual one', (name, database, host) => {
    expect(readName(name, style, ['default'])).toMatchObject({ database, host, date });
    expect(readName(name, style, [])).toMatchObject({ database, host, date });
  });

  it('knows an alias by a template that has no host, and asks no host of one', () => {
    const hostless = { ...style, filenameTemplate: 'shop-{datetime}.{extension}' };
    for (const aliases of [[], ['default']]) {
      const read = readName('shop-2026-11-22-000000.dump', hostless, aliases);
      expect(read).toMatchObject({ database: aliases[0], host: undefined, date });
    }
    const joined = { ...style, filenameTemplate: '{databasename}-{servername}{datetime}.{extension}' };
    expect(readName('default-2026-11-22-000000.dump', joined, ['default'])).toMatchObject({
      database: 'default',
      host: undefined,
    });
  });

  it('takes nothing else for the kind of content that a template asks for', () => {
    const kinds = { ...style, filenameTemplate: '{content_type}-{databasename}-{datetime}.{extension}' };
    expect(readName('db-shop-2026-11-22-000000.dump', kinds, [])).toMatchObject({ database: 'shop' });
    expect(readName('old-shop-2026-11-22-000000.dump', kinds, [])).toMatchObject({ database: undefined });
  });

  it('gives no date for a name without one or with an impossible one', () => {
    expect(readName('handmade.dump', style, []).date).toBeUndefined();
    expect(readName('default-w-2023-99-99-999999.dump', style, []).date).toBeUndefined();
  });

  it('reads back what composeName wrote', () => {
    const parts = { database: 'shop', host: 'web-1.example.org', date, extension: 'sqlite3.gz.gpg' };
    const read = readName(composeName(parts, style), style, ['default', 'shop']);
    expect(read).toMatchObject({ database: 'shop', host: 'web-1.example.org', date });
    expect(read.extensions).toEqual({ content: 'sqlite3', wraps: ['gz', 'gpg'] });
  });
});
