import { describe, expect, it } from 'vitest';
import type { Backup } from '../../../src/core/service.ts';
import { groupBackups } from '../../../src/editor/views/groups.ts';

function backup(file: string, database: string | undefined, kind: Backup['kind'] = 'database'): Backup {
  return {
    file,
    path: `/backups/${file}`,
    kind,
    database,
    host: undefined,
    date: '2026-11-23T00:00:00.000Z',
    bytes: 1,
    encrypted: true,
    compressed: false,
  };
}

const files = (backups: Backup[], aliases: string[]) =>
  groupBackups(backups, aliases).map((group) => [
    group.kind,
    group.database,
    group.backups.map(({ file }) => file),
  ]);

describe('groupBackups', () => {
  it("puts the project's databases first in their order, also those without a backup, and media last", () => {
    const backups = [backup('m', undefined, 'media'), backup('b', 'logs'), backup('a', 'zoo')];
    expect(files(backups, ['default', 'logs'])).toEqual([
      ['database', 'default', []],
      ['database', 'logs', ['b']],
      ['database', 'zoo', ['a']],
      ['media', undefined, ['m']],
    ]);
  });

  it('keeps the order within a group', () => {
    expect(files([backup('2', 'default'), backup('1', 'default')], ['default'])).toEqual([
      ['database', 'default', ['2', '1']],
    ]);
  });

  it('takes a name that does not tell for the only database, and for neither of two', () => {
    expect(files([backup('x', undefined)], ['default'])).toEqual([['database', 'default', ['x']]]);
    expect(files([backup('x', undefined)], ['a', 'b'])).toEqual([
      ['database', 'a', []],
      ['database', 'b', []],
      ['database', undefined, ['x']],
    ]);
  });

  it('has no group where nothing is known', () => {
    expect(files([], [])).toEqual([]);
  });
});
