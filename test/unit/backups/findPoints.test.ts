import { describe, expect, it } from 'vitest';
import { findPoints } from '../../../src/core/backups/findPoints.ts';
import type { Backup } from '../../../src/core/service.ts';

function backup(file: string, more: Partial<Backup> = {}): Backup {
  return {
    file,
    path: `/backups/${file}`,
    kind: /\.(tar|zip)/.test(file) ? 'media' : 'database',
    database: /\.(tar|zip)/.test(file) ? undefined : 'default',
    host: 'web1',
    date: '2026-11-23T00:00:00.000Z',
    bytes: 1,
    encrypted: true,
    compressed: false,
    ...more,
  };
}

const names = (backups: Backup[]) =>
  findPoints(backups).map(({ databases, media }) => [...databases.map(({ file }) => file), media.file]);

describe('findPoints', () => {
  it('finds what was made at one moment on one host', () => {
    expect(names([backup('a.dump'), backup('m.tar'), backup('b.dump', { database: 'logs' })])).toEqual([
      ['a.dump', 'b.dump', 'm.tar'],
    ]);
  });

  it('takes neither another time nor another host, nor a half alone', () => {
    expect(names([backup('a.dump'), backup('m.tar', { date: '2026-11-23T00:00:01.000Z' })])).toEqual([]);
    expect(names([backup('a.dump'), backup('m.tar', { host: 'web2' })])).toEqual([]);
    expect(names([backup('a.dump'), backup('b.dump', { database: 'logs' })])).toEqual([]);
    expect(names([backup('m.tar')])).toEqual([]);
  });

  it('puts no backup into two points, and one of each database into a point', () => {
    expect(names([backup('a.dump.gpg'), backup('a.dump'), backup('m.tar.gpg'), backup('m.tar')])).toEqual([
      ['a.dump.gpg', 'm.tar.gpg'],
    ]);
  });

  it('keeps the order', () => {
    const later = { date: '2026-11-24T00:00:00.000Z' };
    expect(
      names([backup('2.dump', later), backup('2.tar', later), backup('1.dump'), backup('1.tar')]),
    ).toEqual([
      ['2.dump', '2.tar'],
      ['1.dump', '1.tar'],
    ]);
  });
});
