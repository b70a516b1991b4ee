import { describe, expect, it } from 'vitest';
import type { Backup, RemoteCopy } from '../../../src/core/service.ts';
import { parseAddress } from '../../../src/editor/input/remoteAddress.ts';
import { remotesOf } from '../../../src/editor/remotes.ts';
import { compareCopies, newestThere } from '../../../src/editor/views/remoteNodes.ts';

const common = { kind: 'database', database: 'default', encrypted: true, bytes: 10 } as const;
const copy = (file: string, day: number, more: Partial<RemoteCopy> = {}): RemoteCopy => ({
  ...common,
  file,
  date: `2026-11-${day}T00:00:00.000Z`,
  local: false,
  ...more,
});
const backup = (file: string, day: number): Backup => ({
  ...common,
  file,
  path: `/backups/${file}`,
  host: undefined,
  date: `2026-11-${day}T00:00:00.000Z`,
  compressed: false,
});

describe('what lies here and there', () => {
  it('is told by name and size, newest first', () => {
    const rows = compareCopies(
      [backup('a', 20), backup('b', 21), backup('d', 23)],
      [copy('b', 21), copy('c', 22), copy('d', 23, { bytes: 11 })],
    );
    expect(rows.map(({ file, where, path }) => [file, where, path])).toEqual([
      ['d', 'differs', '/backups/d'],
      ['c', 'there', undefined],
      ['b', 'both', '/backups/b'],
      ['a', 'here', '/backups/a'],
    ]);
  });

  it('has a newest database backup there, of the one that is meant', () => {
    const rows = compareCopies(
      [backup('only-here', 29)],
      [
        copy('media', 28, { kind: 'media', database: undefined }),
        copy('other', 27, { database: 'other' }),
        copy('mine', 26),
      ],
    );
    expect(newestThere(rows)?.file).toBe('other');
    expect(newestThere(rows, 'default')?.file).toBe('mine');
    expect(newestThere([])).toBeUndefined();
  });
});

describe('remotes of the settings', () => {
  it('are those that can be named', () => {
    const remotes = [
      { name: 'nas', type: 'folder', path: '/mnt/nas' },
      { name: 'web1', type: 'sftp', host: 'web1.example.org', path: 'b' },
      { name: 'drive', type: 'rclone', remote: 'drive' },
      { type: 'folder', path: '/x' },
      { name: 'odd', type: 'carrier pigeon' },
    ];
    expect(remotesOf({ remotes }).map(({ name, place }) => [name, place])).toEqual([
      ['nas', '/mnt/nas'],
      ['web1', 'sftp://web1.example.org'],
      ['drive', 'rclone drive'],
    ]);
    expect(remotesOf({})).toEqual([]);
  });
});

describe('an address as people type it', () => {
  it.each([
    ['web1', { host: 'web1' }],
    [' me@web1.example.org ', { user: 'me', host: 'web1.example.org' }],
    ['me@web1:2222', { user: 'me', host: 'web1', port: 2222 }],
    ['sftp://me@web1/srv/backups', { user: 'me', host: 'web1', path: '/srv/backups' }],
    ['ftps://web1/', { host: 'web1' }],
    ['me@[::1]:2222', { user: 'me', host: '::1', port: 2222 }],
  ])('%s', (text, expected) => {
    const none = { user: undefined, port: undefined, path: undefined };
    expect(parseAddress(text)).toEqual({ ...none, ...expected });
  });

  it.each(['', 'me@', 'me:secret@web1', 'web1:0', 'web1:99999', 'a b', 'http://web1', 'me@web1:x'])(
    'is refused: %s',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
